"""Asking one contender every question: answers, and the time that each takes when warm."""

from __future__ import annotations

import datetime as dt
import json
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.questions.catalogue import questions
from benchmarks.questions.clickhouse.loading import HERE
from benchmarks.questions.comparison import plain

Rows = list[list[Any]]
Ask = Callable[[dict[str, Any]], Rows]
LOOKUPS = {
    "trace_by_id": "select span_id, service_name, name, duration_nano "
    "from trace_spans($trace_id) order by span_id",
    "trace_by_id_and_date": "select span_id, service_name, name, duration_nano "
    "from trace_spans($trace_id, day := $trace_date) order by span_id",
    "dashboard_service": "from service_latency($service, $from_at, $to_at)",
    "dashboard_map": "from service_map($from_at, $to_at)",
    "dashboard_operations": "from operation_latency($service, $from_at, $to_at)",
    "dashboard_all_operations": "from operation_latency(null, $from_at, $to_at)",
}
"""Asked beside the sixteen questions: a trace, and what dashboards show of the whole range."""


@contextmanager
def ours(home: Path) -> Iterator[dict[str, Ask]]:
    """The served file in plain DuckDB, read-only, one thread."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True, config={"threads": 1}) as con:

        def asking(sql: str) -> Ask:
            def ask(values: dict[str, Any]) -> Rows:
                needed = {name: values[name] for name in set(re.findall(r"\$(\w+)", sql))}
                return [list(row) for row in con.execute(sql, needed).fetchall()]

            return ask

        statements = {q.name: q.sql for q in questions()} | LOOKUPS
        yield {name: asking(sql) for name, sql in statements.items()}


@contextmanager
def clickhouse(home: Path, schema: str) -> Iterator[dict[str, Ask]]:
    """ClickHouse in this process, one thread."""
    from chdb.session import Session

    session = Session(str(home / f"clickhouse-{schema}"))
    session.query(f"USE {schema}")
    session.query("SET max_threads = 1, output_format_json_quote_64bit_integers = 0")

    def asking(sql: str) -> Ask:
        def ask(values: dict[str, Any]) -> Rows:
            text = sql
            for name in sorted(values, key=len, reverse=True):
                text = text.replace(f"${name}", literal(values[name]))
            answer = str(session.query(text, "JSONCompactEachRow"))
            return [json.loads(line) for line in answer.splitlines() if line]

        return ask

    files = sorted(file for room in (schema, "either") for file in (HERE / room).glob("[!_]*.sql"))
    try:
        yield {file.stem: asking(file.read_text(encoding="utf-8")) for file in files}
    finally:
        session.close()


def literal(value: Any) -> str:
    """A value as ClickHouse reads it."""
    match value:
        case dt.date():
            return f"toDate('{value}')"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return str(value)


def measured(home: Path, contender: str, values: dict[str, dict[str, Any]], runs: int) -> dict[str, Any]:
    """By question: the answer, and medians over warm runs of CPU and wall time in milliseconds."""
    found: dict[str, Any] = {}
    with ours(home) if contender == "ours" else clickhouse(home, contender) as asked:
        for name, ask in asked.items():
            rows = ask(values[name])
            cpu, wall = [], []
            for _ in range(runs):
                began, used = time.perf_counter(), time.process_time()
                ask(values[name])
                wall.append((time.perf_counter() - began) * 1e3)
                cpu.append((time.process_time() - used) * 1e3)
            found[name] = {
                "rows": plain(rows),
                "cpu_ms": statistics.median(cpu),
                "wall_ms": statistics.median(wall),
            }
    return found
