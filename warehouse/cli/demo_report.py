"""What the demo shows: what was read, and what the warehouse answers about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from rich.console import Console

from warehouse.cli import lake_facts
from warehouse.cli.rows import plain
from warehouse.cli.screen import count, table
from warehouse.serve.served_file import connect

_READ = """
    select
        count(distinct path) as files,
        sum(spans)::bigint as spans,
        sum(log_records)::bigint as log_records,
        sum(metric_points)::bigint as metric_points,
        sum(
            rejected_spans + rejected_log_records + rejected_metric_points + rejected_other
        )::bigint as rejected
    from lake.ingest_files
"""
_SERVICES = """
    select
        service_name as service,
        sum(span_count)::bigint as requests,
        latency_quantile(bucket_index, span_count, 0.5) / 1e6 as p50_ms,
        latency_quantile(bucket_index, span_count, 0.95) / 1e6 as p95_ms,
        latency_quantile(bucket_index, span_count, 0.99) / 1e6 as p99_ms,
        coalesce(sum(span_count) filter (where status_code = 2), 0) / sum(span_count) as error_ratio
    from cube_span_latency
    where grain = 'day' and kind in (2, 5)
    group by service_name
    order by requests desc, service
    limit 10
"""
_OPERATIONS = """
    select
        dim_operation.service_name as service,
        dim_operation.span_name as operation,
        sum(cube.span_count)::bigint as spans,
        latency_quantile(cube.bucket_index, cube.span_count, 0.95) / 1e6 as p95_ms
    from cube_span_latency as cube
    inner join dim_operation using (operation_key)
    where cube.grain = 'day'
    group by all
    having spans >= 20
    order by p95_ms desc nulls last, operation
    limit 8
"""
_CALLS = """
    select
        caller_service_name as caller,
        callee_name as callee,
        count(*) as calls,
        count(*) filter (where is_error) / count(*) as error_ratio
    from fct_service_calls
    group by all
    order by calls desc, caller, callee
    limit 12
"""
_TRY = (
    "from daily_service_health order by health limit 10",
    "select severity_text, count(*) from fct_log_records group by all order by all",
    "show tables",
)


def answers(lake: Path, warehouse: Path) -> dict[str, Any]:
    """The demo's figures: what was `read`, and rows of `services`, `operations` and `calls`."""
    con = connect(warehouse)
    return {
        "read": _rows(lake_facts.connect(lake), _READ)[0],
        "services": _rows(con, _SERVICES),
        "operations": _rows(con, _OPERATIONS),
        "calls": _rows(con, _CALLS),
    }


def _rows(con: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    relation = con.sql(query)
    return [dict(zip(relation.columns, map(plain, row), strict=True)) for row in relation.fetchall()]


def print_answers(screen: Console, found: dict[str, Any], warehouse: Path) -> None:
    """Show the figures, and three queries to try next."""
    read = found["read"]
    screen.print(
        f"Read {count(read['files'])} files: {count(read['spans'])} spans, {count(read['log_records'])} log "
        f"records, {count(read['metric_points'])} metric points; {count(read['rejected'])} rejected.\n",
        highlight=False,
    )
    _print(screen, "Busiest services", found["services"])
    _print(screen, "Slowest operations", found["operations"])
    _print(screen, "Who calls whom", found["calls"])
    screen.print("Try next:", highlight=False)
    for query in _TRY:
        screen.print(f'  otlp-warehouse sql "{query}" --warehouse {warehouse}', highlight=False, markup=False)


def _print(screen: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = [n.replace("_ratio", "s").replace("_", " ") for n in rows[0]]
        right = [n for n, value in enumerate(rows[0].values()) if not isinstance(value, str)]
        screen.print(table(title, names, [[_cell(n, v) for n, v in r.items()] for r in rows], right))


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name.endswith("_ratio"):
        return f"{value:.1%}"
    return f"{value:,.2f}" if isinstance(value, float) else count(value) if isinstance(value, int) else value
