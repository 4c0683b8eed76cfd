"""Lake tables of metric streams, their points and exemplars."""

from __future__ import annotations

from warehouse.schemas.model import (
    ATTRIBUTE_TYPES,
    ATTRIBUTES,
    EVENT_DATE,
    INGEST_BATCH,
    RESOURCE_KEY,
    SCOPE_KEY,
    SERVICE_NAME,
    Column,
    Table,
)

_STREAM_KEY = Column("stream_key", "bigint", "Content hash of the metric stream; joins metric_streams")
_POINT = (
    EVENT_DATE,
    _STREAM_KEY,
    Column("time_unix_nano", "bigint", "Time of the point, nanoseconds since 1970-01-01 UTC"),
    Column(
        "start_time_unix_nano", "bigint", "Start of the interval that it covers, nanoseconds; 0 when unset"
    ),
    Column("flags", "bigint", "Data point flags; bit 1: no recorded value"),
)
_DISTRIBUTION = (
    Column("count", "bigint", "Observations in the interval"),
    Column("sum", "double", "Sum of the observations in the metric's unit; null when not reported", True),
)
_EXTREMES = (
    Column("min", "double", "Smallest observation; null when not reported", True),
    Column("max", "double", "Largest observation; null when not reported", True),
)


def _points(name: str, what: str, *columns: Column, plain: tuple[str, ...] = ()) -> Table:
    return Table(
        name,
        f"One row per {what}; equal (stream_key, time, start) may occur and violate IC4",
        (),
        (*_POINT, *columns, INGEST_BATCH),
        "event_date",
        ("stream_key", "time_unix_nano", "start_time_unix_nano"),
        plain,
        ("time_unix_nano", "start_time_unix_nano"),
    )


METRIC_STREAMS = Table(
    "metric_streams",
    "One row per metric stream: resource, scope, name, unit, type, temporality, monotonic, attributes",
    ("stream_key",),
    (
        _STREAM_KEY,
        RESOURCE_KEY,
        SCOPE_KEY,
        SERVICE_NAME,
        Column("metric_name", "string", "Metric name"),
        Column("description", "string", "Description; null when empty", True),
        Column("unit", "string", "Unit (UCUM); null when empty", True),
        Column("metric_type", "string", "gauge, sum, histogram, exponential_histogram or summary"),
        Column(
            "temporality",
            "string",
            "unspecified, delta, cumulative, or the number of an unknown one; null for gauges and summaries",
            True,
        ),
        Column("is_monotonic", "boolean", "Whether a sum only grows; null for other types", True),
        ATTRIBUTES,
        ATTRIBUTE_TYPES,
        Column("metadata", "map", "Metadata of the metric, as text"),
        Column("metadata_types", "string", "One letter per metadata entry, as attribute_types"),
    ),
    None,
    ("stream_key",),
)
NUMBER_POINTS = _points(
    "number_points",
    "data point of a gauge or sum",
    Column("value_double", "double", "Value in the metric's unit when it is a double, else null", True),
    Column("value_int", "bigint", "Value in the metric's unit when it is an integer, else null", True),
    plain=("value_int",),
)
HISTOGRAM_POINTS = _points(
    "histogram_points",
    "data point of an explicit-bucket histogram",
    *_DISTRIBUTION,
    *_EXTREMES,
    Column("explicit_bounds", "list<double>", "Upper bounds (inclusive) of all buckets but the last"),
    Column("bucket_counts", "list<bigint>", "Observations per bucket; empty when not reported"),
)
EXPONENTIAL_HISTOGRAM_POINTS = _points(
    "exponential_histogram_points",
    "data point of an exponential histogram",
    *_DISTRIBUTION,
    *_EXTREMES,
    Column("scale", "int", "Buckets grow by 2^(2^-scale)"),
    Column("zero_count", "bigint", "Observations within zero_threshold of zero"),
    Column("zero_threshold", "double", "Width of the zero bucket"),
    Column("positive_offset", "int", "Bucket index of the first positive count"),
    Column("positive_bucket_counts", "list<bigint>", "Observations per positive bucket"),
    Column("negative_offset", "int", "Bucket index of the first negative count"),
    Column("negative_bucket_counts", "list<bigint>", "Observations per negative bucket"),
)
SUMMARY_POINTS = _points(
    "summary_points",
    "data point of a summary",
    Column("count", "bigint", "Observations in the interval"),
    Column("sum", "double", "Sum of the observations in the metric's unit"),
    Column("quantiles", "list<double>", "Quantiles, 0 to 1"),
    Column("quantile_values", "list<double>", "Values at the quantiles, in the metric's unit"),
    plain=("quantile_values",),
)
EXEMPLARS = Table(
    "exemplars",
    "One row per exemplar of a data point",
    (),
    (
        EVENT_DATE,
        _STREAM_KEY,
        Column("point_time_unix_nano", "bigint", "Time of the data point, nanoseconds since 1970-01-01 UTC"),
        Column("time_unix_nano", "bigint", "Time of the exemplar, nanoseconds since 1970-01-01 UTC"),
        Column("value_double", "double", "Value when it is a double, else null", True),
        Column("value_int", "bigint", "Value when it is an integer, else null", True),
        Column("trace_id", "string", "Trace id in lower-case hex; null when empty", True),
        Column("span_id", "string", "Span id in lower-case hex; null when empty", True),
        Column("filtered_attributes", "map", "Attributes that the view removed from the stream, as text"),
        Column("filtered_attribute_types", "string", "One letter per entry, as attribute_types"),
        INGEST_BATCH,
    ),
    "event_date",
    ("stream_key", "point_time_unix_nano", "time_unix_nano"),
    ("trace_id", "span_id"),
    ("point_time_unix_nano", "time_unix_nano"),
)
