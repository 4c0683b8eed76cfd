"""What stands out: stretches of time in which a service fails or slows down far beyond its own habit."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from warehouse.report.period import STEPS, Period
from warehouse.report.rows import Row, rows

LEAST, SIGMAS = 5, 5
"""Least odd requests of a step, and standard deviations beyond chance: a month has 20,000 steps."""
FAILS_MORE, SLOWER = 1.5, 1.25
"""How many times the usual a stretch must reach to be told: many requests make any difference certain."""
SHOWN = 5
_STRETCHES = """
    select *, sum(is_first::integer) over (partition by service_name order by started_at) as stretch
    from (
        select *,
            coalesce(started_at > lag(started_at) over of_service + 2 * $step::interval, true) as is_first
        from odd window of_service as (partition by service_name order by started_at)
    ) as marked
"""
_BUCKETS = """
    select service_name, period_start_at as started_at, bucket_index, request_count, error_count
    from cube_service_latency
    where grain = $grain and period_start_at >= $from_at and period_start_at < $to_at
"""
_ODD = f"""
    from steps
    where odd_count >= {LEAST} and odd_count - requests * usual_ratio
        > {SIGMAS} * sqrt(greatest(requests * usual_ratio * (1 - usual_ratio), 1))
"""


def failing(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Stretches with more errors than chance explains, the most errors beyond the usual first.

    A step is odd when its errors exceed what the service's ratio over its other steps predicts by 5 standard
    deviations of a binomial, and are at least 5. Odd steps with at most one step between are one stretch.
    `usual_ratio` is that of the time outside the stretch, null when the service had no requests then.
    """
    return _rows(
        con,
        period,
        f"""
        with counted as (
            select service_name, started_at, sum(request_count) as requests, sum(error_count) as odd_count
            from ({_BUCKETS}) group by all
        ),
        steps as (
            select *,
                (sum(odd_count) over of_service - odd_count)
                / greatest(sum(requests) over of_service - requests, 1)
                    as usual_ratio
            from counted window of_service as (partition by service_name)
        ),
        odd as ({_ODD}),
        stretches as ({_STRETCHES}),
        found as (
            select service_name, min(started_at) as from_at, max(started_at) + $step::interval as to_at
            from stretches group by service_name, stretch
        ),
        compared as (
            select found.*, requests, odd_count, started_at >= from_at and started_at < to_at as is_inside
            from found inner join counted using (service_name)
        ),
        told as (
            select
                service_name,
                from_at,
                to_at,
                sum(requests) filter (where is_inside)::bigint as request_count,
                sum(odd_count) filter (where is_inside)::bigint as error_count,
                error_count / request_count as error_ratio,
                sum(odd_count) filter (where not is_inside)
                / sum(requests) filter (where not is_inside) as usual_ratio
            from compared
            group by service_name, from_at, to_at
        )
        from told
        where error_ratio >= {FAILS_MORE} * coalesce(usual_ratio, 0)
        order by error_count - request_count * coalesce(usual_ratio, 0) desc, service_name, from_at
        limit {SHOWN}
        """,
    )


def slowing(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Stretches with more slow requests than chance explains, the most first.

    Slow is what lies above the service's p95 of the whole period, so 5 % of its requests usually are; a step
    is odd by the same test as for errors. `usual_nano` is the p95 outside the stretch, null without requests.
    """
    return _rows(
        con,
        period,
        f"""
        with buckets as ({_BUCKETS}),
        limits as (
            select service_name, latency_quantile(bucket_index, request_count, 0.95) as limit_nano
            from buckets group by service_name
        ),
        steps as (
            select service_name, started_at, sum(request_count) as requests, 0.05 as usual_ratio,
                coalesce(sum(request_count) filter (where bucket_estimate(bucket_index) > limit_nano), 0)
                    as odd_count
            from buckets inner join limits using (service_name)
            group by all
        ),
        odd as ({_ODD}),
        stretches as ({_STRETCHES}),
        found as (
            select service_name, min(started_at) as from_at, max(started_at) + $step::interval as to_at,
                sum(odd_count - requests * usual_ratio) as excess
            from stretches group by service_name, stretch
        ),
        compared as (
            select found.*, bucket_index,
                case when started_at between from_at and to_at - $step::interval then request_count else 0 end
                    as inside,
                request_count - inside as outside
            from found inner join buckets using (service_name)
        ),
        told as (
            select
                service_name,
                from_at,
                to_at,
                excess,
                sum(inside)::bigint as request_count,
                latency_quantile(bucket_index, inside, 0.95) as p95_nano,
                latency_quantile(bucket_index, outside, 0.95) as usual_nano
            from compared
            group by service_name, from_at, to_at, excess
        )
        select * exclude (excess) from told
        where p95_nano >= {SLOWER} * coalesce(usual_nano, 0)
        order by excess desc, service_name, from_at
        limit {SHOWN}
        """,
    )


def _rows(con: DuckDBPyConnection, period: Period, query: str) -> list[Row]:
    grain = period.search_grain
    return rows(con, query, {"grain": grain, "step": STEPS[grain], **period.values})
