"""Rows of a metric data point: its stream, the point, its exemplars."""

from __future__ import annotations

from typing import Any

from oracle import hashing
from oracle.attribute_values import entries
from oracle.context import Context, attribute_columns, entities, fits, hex_or_null
from oracle.records import Record

_TEMPORALITY = {0: "unspecified", 1: "delta", 2: "cumulative"}


def add(context: Context, record: Record) -> None:
    """Add the point's rows. Raises OutOfRange for times and counts of 2^63 or more."""
    point = record.message
    kind = record.metric.WhichOneof("data")
    table, columns = {
        "gauge": ("number_points", _number),
        "sum": ("number_points", _number),
        "histogram": ("histogram_points", _histogram),
        "exponential_histogram": ("exponential_histogram_points", _exponential_histogram),
        "summary": ("summary_points", _summary),
    }[kind]
    values = columns(point)
    time = fits(point.time_unix_nano)
    start = fits(point.start_time_unix_nano)
    exemplars = [] if kind == "summary" else list(point.exemplars)
    for exemplar in exemplars:
        fits(exemplar.time_unix_nano)
    stream_key = _stream(context, record)
    shared = {
        "event_date": context.event_date(time),
        "stream_key": stream_key,
        "ingest_batch": context.ingest_batch,
    }
    context.add(
        table,
        {**shared, "time_unix_nano": time, "start_time_unix_nano": start, "flags": point.flags, **values},
    )
    for exemplar in exemplars:
        context.add(
            "exemplars",
            {
                **shared,
                "point_time_unix_nano": time,
                "time_unix_nano": exemplar.time_unix_nano,
                **_value(exemplar),
                "trace_id": hex_or_null(exemplar.trace_id),
                "span_id": hex_or_null(exemplar.span_id),
                "filtered_attributes": entries(exemplar.filtered_attributes),
            },
        )


def _stream(context: Context, record: Record) -> int:
    known = entities(context, record.around)
    metric, attributes = record.metric, entries(record.message.attributes)
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    number = getattr(data, "aggregation_temporality", None)
    temporality = None if number is None else _TEMPORALITY.get(number, str(number))
    monotonic = data.is_monotonic if kind == "sum" else None
    key = hashing.stream_key(
        known.resource_key,
        known.scope_key,
        metric.name,
        metric.unit,
        kind,
        temporality,
        monotonic,
        attributes,
    )
    context.add_once(
        "metric_streams",
        key,
        {
            "stream_key": key,
            "resource_key": known.resource_key,
            "scope_key": known.scope_key,
            "service_name": known.service_name,
            "metric_name": metric.name,
            "description": metric.description or None,
            "unit": metric.unit or None,
            "metric_type": kind,
            "temporality": temporality,
            "is_monotonic": monotonic,
            **attribute_columns(attributes),
            "metadata": entries(metric.metadata),
        },
    )
    return key


def _value(holder: Any) -> dict[str, Any]:
    kind = holder.WhichOneof("value")
    return {
        "value_double": holder.as_double if kind == "as_double" else None,
        "value_int": holder.as_int if kind == "as_int" else None,
    }


def _number(point: Any) -> dict[str, Any]:
    return _value(point)


def _optional(point: Any, name: str) -> Any:
    return getattr(point, name) if point.HasField(name) else None


def _distribution(point: Any) -> dict[str, Any]:
    return {
        "count": fits(point.count),
        "sum": _optional(point, "sum"),
        "min": _optional(point, "min"),
        "max": _optional(point, "max"),
    }


def _histogram(point: Any) -> dict[str, Any]:
    return {
        **_distribution(point),
        "explicit_bounds": list(point.explicit_bounds),
        "bucket_counts": [fits(c) for c in point.bucket_counts],
    }


def _exponential_histogram(point: Any) -> dict[str, Any]:
    return {
        **_distribution(point),
        "scale": point.scale,
        "zero_count": fits(point.zero_count),
        "zero_threshold": point.zero_threshold,
        "positive_offset": point.positive.offset,
        "positive_bucket_counts": [fits(c) for c in point.positive.bucket_counts],
        "negative_offset": point.negative.offset,
        "negative_bucket_counts": [fits(c) for c in point.negative.bucket_counts],
    }


def _summary(point: Any) -> dict[str, Any]:
    return {
        "count": fits(point.count),
        "sum": point.sum,
        "quantiles": [q.quantile for q in point.quantile_values],
        "quantile_values": [q.value for q in point.quantile_values],
    }
