"""Number formats, and metrics that several datasets have."""

from __future__ import annotations

from dashboards.superset.model import Metric

COUNT, RATIO, MILLIS = ",d", ".2%", ",.1f"


def quantiles(count: str) -> tuple[Metric, ...]:
    """p50, p95 and p99 of datasets with `bucket_index`, from merged buckets."""
    return tuple(
        Metric(
            f"p{percent}",
            f"p{percent} (ms)",
            f"latency_quantile(bucket_index, {count}, {percent / 100}) / 1e6",
            MILLIS,
            f"{percent}th percentile of the durations in milliseconds, from merged buckets (within 0.55 %)",
        )
        for percent in (50, 95, 99)
    )


def error_rate(errors: str, total: str) -> Metric:
    """Share of the total that failed."""
    return Metric(
        "error_rate", "Error rate", f"sum({errors}) / sum({total})", RATIO, "Share with status ERROR, 0 to 1"
    )
