"""Operations, calls between services, critical paths and exceptions of a period."""

from __future__ import annotations

from itertools import groupby

from duckdb import DuckDBPyConnection

from warehouse.report.period import Period, dates
from warehouse.report.rows import Row, rows

LEAST_SPANS = 20
"""Spans below which an operation's quantiles tell little."""
SLOWEST, ROOTS, PARTS, EXCEPTIONS = 15, 6, 5, 10


def slowest(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Operations that answer requests or work inside a service, by p95; not callers' views of them."""
    return rows(
        con,
        f"""
        select service_name, span_name, kind_name, span_count, error_ratio, p50_nano, p95_nano, p99_nano
        from operation_latency(null, $from_at::timestamp, $to_at::timestamp)
        where span_count >= {LEAST_SPANS} and p95_nano is not null
            and kind_name in (select kind_name from dim_span_kind where not is_outgoing)
        order by p95_nano desc, service_name, span_name
        limit {SLOWEST}
        """,
        period.values,
    )


def calls(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Edges of the service map; ends of a range within an hour count whole."""
    return rows(
        con,
        """
        select
            caller_service_name as caller, callee_name as callee, callee_type, is_inferred,
            sum(call_count)::bigint as call_count,
            sum(error_count) / sum(call_count) as error_ratio,
            max(p95_nano) as p95_nano
        from service_map($from_at::timestamp, $to_at::timestamp)
        group by all
        order by call_count desc, caller, callee
        """,
        period.values,
    )


def critical_paths(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """The root operations with the longest critical paths in all, each with what holds most of it.

    `parts` are {service_name, span_name, share}; shares are of the root's time, and what is left is `rest`.
    Whole UTC dates.
    """
    first, last = dates(period)
    found = rows(
        con,
        f"""
        with shares as (
            select root_service_name, root_operation_name, operation_key, sum(critical_path_nano) as nano
            from cube_critical_path
            where event_date between $first and $last
            group by all
        ),
        ranked as (
            select *,
                sum(nano) over (partition by root_service_name, root_operation_name) as root_nano,
                row_number() over (
                    partition by root_service_name, root_operation_name order by nano desc, operation_key
                ) as place
            from shares
        ),
        kept as (
            select *,
                dense_rank() over (order by root_nano desc, root_service_name, root_operation_name)
                    as root_place
            from ranked where root_nano > 0 and root_operation_name is not null
        )
        select root_service_name, root_operation_name, root_nano::double as root_nano,
            service_name, span_name,
            (nano / root_nano)::double as share
        from kept inner join dim_operation using (operation_key)
        where root_place <= {ROOTS} and place <= {PARTS} and nano > 0
        order by root_place, place
        """,
        {"first": first, "last": last},
    )
    roots = []
    for (service, operation, nano), parts in groupby(
        found, key=lambda r: (r["root_service_name"], r["root_operation_name"], r["root_nano"])
    ):
        kept = list(parts)
        rest = max(1 - sum(part["share"] for part in kept), 0)
        roots.append(
            {"service_name": service, "span_name": operation, "nano": nano, "parts": kept, "rest": rest}
        )
    return roots


def exceptions(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """The most frequent exceptions by fingerprint, in whole hours that the period touches."""
    return rows(
        con,
        f"""
        select
            exception_type,
            arg_max(example_message, period_start_at) as message,
            arg_max(stack_top, period_start_at) as stack_top,
            arg_max(example_trace_id, period_start_at) as trace_id,
            sum(exception_count)::bigint as exception_count,
            list_sort(list(distinct service_name)) as services,
            min(period_start_at) as first_at,
            max(period_start_at) as last_at
        from cube_errors
        where period_start_at >= date_trunc('hour', $from_at::timestamp) and period_start_at < $to_at
        group by fingerprint, exception_type
        order by exception_count desc, exception_type, fingerprint
        limit {EXCEPTIONS}
        """,
        period.values,
    )
