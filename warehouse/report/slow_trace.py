"""One slow trace of the period, as the rows of a waterfall."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from warehouse.report.period import Period, dates
from warehouse.report.rows import Row, rows
from warehouse.serve.sql_text import quoted
from warehouse.waterfall.path import critical_intervals
from warehouse.waterfall.tree import nodes

MOST_SPANS = 60
"""Spans that a waterfall of the page shows at most: traces with more are passed over."""


def slow_trace(con: DuckDBPyConnection, period: Period) -> Row | None:
    """The slowest complete trace, small enough to be read; None when there is none.

    Requests go before jobs, and traces of several services before those of one.

    `spans` are in tree order with `level`, and critical `intervals` in nanoseconds since the trace began.
    """
    first, last = dates(period)
    found = rows(
        con,
        f"""
        from fct_traces
        where trace_date between $first and $last and is_complete
            and started_at >= $from_at and started_at < $to_at
            and span_count between 2 and {MOST_SPANS}
        order by
            (root_service_name, root_operation_name) in (
                select (service_name, span_name)
                from dim_operation inner join dim_span_kind using (kind) where is_incoming
            ) desc,
            service_count = 1,
            duration_nano desc,
            trace_id
        limit 1
        """,
        {"first": first, "last": last, **period.values},
    )
    if not found:
        return None
    trace = found[0]
    # Literals, not parameters: only those choose the files before they are bound.
    spans = [
        row
        for day in str(trace["span_dates"]).split(",")
        for row in rows(
            con,
            "select span_id, parent_span_id, service_name, name, start_time_unix_nano, duration_nano, "
            "status_code, status_message "
            f"from trace_spans({quoted(trace['trace_id'])}, day := date {quoted(day)}) "
            "where is_root is not null",
            {},
        )
    ]
    intervals = critical_intervals(spans)
    start = trace["start_time_unix_nano"]
    ordered = [
        node.span
        | {
            "level": node.level,
            "offset_nano": node.span["start_time_unix_nano"] - start,
            "intervals": [(a - start, b - start) for a, b in intervals.get(node.span["span_id"], [])],
        }
        for node in nodes(spans)
    ]
    return trace | {"spans": ordered}
