"""p99 of requests by service in windows of five minutes, as spans arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.spark.buckets import ZERO_BUCKET, exponential_bucket
from warehouse.spark.call_sql import named

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.query import StreamingQuery

WINDOW = "5 minutes"
_NONZERO = f"filter(histogram, cell -> cell.bucket_index <> {ZERO_BUCKET})"
# Nearest rank over durations above zero, as the cubes have it.
_RANK = f"ceil(0.99BD * aggregate({_NONZERO}, 0L, (sum, cell) -> sum + cell.spans))"
_BUCKET = f"""aggregate(
    {_NONZERO},
    named_struct('bucket', cast(null as int), 'seen', 0L),
    (done, cell) -> if(
        done.seen >= {_RANK},
        done,
        named_struct('bucket', cell.bucket_index, 'seen', done.seen + cell.spans)),
    done -> done.bucket)"""


def service_latency(spans: DataFrame, watermark: str) -> DataFrame:
    """One row per window and service: period_start_at, service_name, request_count, p99_nano of non-zero.

    `spans` are rows of the data source `otlp`, streaming or not. A request is a SERVER or CONSUMER span or a
    root. A window is complete when the watermark has passed it; a copy of a span within the watermark counts
    once. *Not handled*: spans later than the watermark, which `late_spans` counts, and times of 0.
    """
    from pyspark.sql import functions as f

    requests = spans.where("kind in (2, 5) or coalesce(parent_span_id, '') = ''").selectExpr(
        "timestamp_micros(start_time_unix_nano div 1000) as started_at",
        "trace_id",
        "span_id",
        f"{named('service_name')} as service_name",
        f"{exponential_bucket('duration_nano')} as bucket_index",
    )
    # This also tells of every late span by itself: sums see groups of them.
    once = requests.withWatermark("started_at", watermark).dropDuplicatesWithinWatermark(
        ["trace_id", "span_id"]
    )
    buckets = once.groupBy(f.window("started_at", WINDOW), "service_name", "bucket_index").agg(
        f.count("*").alias("spans")
    )
    windows = buckets.groupBy(f.window(f.window_time("window"), WINDOW), "service_name").agg(
        f.sum("spans").alias("request_count"),
        f.sort_array(f.collect_list(f.struct("bucket_index", "spans"))).alias("histogram"),
    )
    return windows.selectExpr(
        "window.start as period_start_at",
        "service_name",
        "request_count",
        f"pow(2.0D, ({_BUCKET} + 1) / 64.0D) * 2.0D / (1.0D + pow(2.0D, 1.0D / 64.0D)) as p99_nano",
    )


def late_spans(query: StreamingQuery) -> int:
    """Requests that came later than the watermark, in the micro-batches whose progress is kept."""
    return sum(
        operator["numRowsDroppedByWatermark"]
        for progress in query.recentProgress
        for operator in progress["stateOperators"]
        if operator["operatorName"].startswith("dedupe")
    )
