"""Requests, errors and latency over time: of everything, and of each service."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from warehouse.report.period import Period
from warehouse.report.rows import Row, rows

ROWS_PER_DOUBLING = 4
"""Rows of the heat map for each doubling of the duration; the cube has 64 buckets."""
_ZERO_BUCKET = -32768
_IN_RANGE = "grain = $grain and period_start_at >= $from_at and period_start_at < $to_at"
_MEASURES = """
    coalesce(sum(request_count), 0)::bigint as request_count,
    coalesce(sum(error_count), 0)::bigint as error_count,
    coalesce(sum(error_count) / nullif(sum(request_count), 0), 0) as error_ratio,
    sum(satisfied_count + tolerating_count / 2) / nullif(sum(request_count), 0) as apdex,
    latency_quantile(bucket_index, request_count, 0.5) as p50_nano,
    latency_quantile(bucket_index, request_count, 0.95) as p95_nano,
    latency_quantile(bucket_index, request_count, 0.99) as p99_nano
"""


def totals(con: DuckDBPyConnection, period: Period) -> Row:
    """Requests, errors, apdex and quantiles of all services together; quantiles are null without requests."""
    return rows(
        con,
        f"select count(distinct service_name) as service_count, {_MEASURES} "
        f"from cube_service_latency where {_IN_RANGE}",
        {"grain": period.sum_grain, **period.values},
    )[0]


def services(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """The same of each service, the busiest first, with its requests and errors in every step."""
    found = rows(
        con,
        f"""
        select service_name, {_MEASURES}
        from cube_service_latency where {_IN_RANGE}
        group by service_name order by request_count desc, service_name
        """,
        {"grain": period.sum_grain, **period.values},
    )
    stepped = rows(
        con,
        f"""
        select service_name, period_start_at,
            sum(request_count)::bigint as requests, sum(error_count)::bigint as errors
        from cube_service_latency where {_IN_RANGE} group by all
        """,
        {"grain": period.grain, **period.values},
    )
    series = {row["service_name"]: ([0] * period.steps, [0] * period.steps) for row in found}
    for row in stepped:
        place = (row["period_start_at"] - period.from_at) // period.step
        requests, errors = series[row["service_name"]]
        requests[place], errors[place] = row["requests"], row["errors"]
    return [
        row
        | {
            "requests_by_step": series[row["service_name"]][0],
            "errors_by_step": series[row["service_name"]][1],
        }
        for row in found
    ]


def timeline(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Measures of every step of the period, in order; counts are 0 and quantiles null without requests."""
    return rows(
        con,
        f"""
        with steps as (
            select unnest(
                generate_series($from_at::timestamp, $to_at::timestamp - $step::interval, $step::interval)
            ) as started_at
        ),
        requests as (from cube_service_latency where {_IN_RANGE})
        select started_at, {_MEASURES}
        from steps left join requests on started_at = period_start_at
        group by started_at order by started_at
        """,
        {"grain": period.grain, "step": period.step, **period.values},
    )


def heat(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Requests by step and by level of latency; level n holds durations above 2^(n/4) nanoseconds."""
    return rows(
        con,
        f"""
        select
            period_start_at as started_at,
            floor(bucket_index / {64 // ROWS_PER_DOUBLING})::integer as level,
            sum(request_count)::bigint as request_count
        from cube_service_latency
        where {_IN_RANGE} and bucket_index <> {_ZERO_BUCKET}
        group by all order by all
        """,
        {"grain": period.grain, **period.values},
    )
