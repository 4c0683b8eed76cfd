"""How far the numbers can be trusted: checks, violated constraints, the ledger, and which days have data."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from warehouse.report.period import Period, dates
from warehouse.report.rows import Row, rows


def checks(con: DuckDBPyConnection) -> Row:
    """Counts of the checks that the served file passed, when, and the sentences of those that failed."""
    counted = rows(
        con,
        """
        select
            count(*) filter (where is_passed) as passed,
            count(*) filter (where not is_passed) as failed,
            max(checked_at) as checked_at
        from fct_quality_results
        """,
        {},
    )[0]
    failures = rows(
        con,
        "select severity, detail, unexpected_count from fct_quality_results where not is_passed "
        "order by severity, unexpected_count desc, detail",
        {},
    )
    return counted | {"failures": failures}


def violations(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Violations by constraint and severity on the dates of the period, with the most frequent fix."""
    first, last = dates(period)
    return rows(
        con,
        """
        select
            constraint_id,
            severity,
            sum(found)::bigint as violation_count,
            list_sort(list(distinct service_name) filter (where service_name is not null)) as services,
            arg_max(fix, found) as fix
        from (
            select constraint_id, severity, service_name, fix, count(*) as found
            from fct_integrity_violations where event_date between $first and $last group by all
        ) as counted
        group by constraint_id, severity
        order by array_position(['error', 'warning', 'info'], severity), violation_count desc, constraint_id
        """,
        {"first": first, "last": last},
    )


def ledger(con: DuckDBPyConnection) -> Row:
    """What ingest accounts for since the lake began: files, bytes, records found, and those rejected."""
    return rows(
        con,
        """
        select
            count(distinct path) as files,
            coalesce(sum(end_offset - start_offset), 0)::bigint as bytes,
            coalesce(sum(spans), 0)::bigint as spans,
            coalesce(sum(log_records), 0)::bigint as log_records,
            coalesce(sum(metric_points), 0)::bigint as metric_points,
            coalesce(
                sum(rejected_spans + rejected_log_records + rejected_metric_points + rejected_other), 0
            )::bigint as rejected
        from fct_ingest_files
        """,
        {},
    )[0]


def coverage(con: DuckDBPyConnection, period: Period) -> list[Row]:
    """Rows of each signal on every date of the period."""
    first, last = dates(period)
    return rows(
        con,
        """
        with days as (
            select unnest(generate_series($first::date, $last::date, interval 1 day))::date as event_date
        ),
        held as (
            select
                event_date,
                sum(row_count) filter (where table_name = 'spans')::bigint as span_count,
                sum(row_count) filter (where table_name = 'log_records')::bigint as log_count,
                sum(row_count) filter (where ends_with(table_name, '_points'))::bigint as point_count
            from lake.lake_dates group by event_date
        ),
        hours as (
            select event_date, count(distinct period_start_at) as hour_count,
                count(distinct service_name) as service_count
            from cube_span_latency_cells where grain = 'hour' group by event_date
        ),
        waiting as (
            select event_date, sum(waiting_span_count)::bigint as waiting_count
            from daily_service_health group by event_date
        )
        select event_date, coalesce(columns(* exclude (event_date)), 0)
        from days
        left join held using (event_date)
        left join hours using (event_date)
        left join waiting using (event_date)
        order by event_date
        """,
        {"first": first, "last": last},
    )
