"""The spans of a served file put into ClickHouse tables, day by day, as the Collector's exporter would."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb

from warehouse.schemas.promoted import promoted

HERE = Path(__file__).parent
SCHEMAS = ("exporter", "tuned")
_COLUMNS = (
    "Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, "
    "ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage, "
    "`Events.Timestamp`, `Events.Name`, `Events.Attributes`, "
    "`Links.TraceId`, `Links.SpanId`, `Links.TraceState`, `Links.Attributes`"
)
_IDS = {
    "exporter": ("TraceId", "SpanId", "ParentSpanId", "links_trace", "links_span"),
    "tuned": (
        "unhex(TraceId)",
        "unhex(SpanId)",
        "unhex(ParentSpanId)",
        "arrayMap(id -> unhex(id), links_trace)",
        "arrayMap(id -> unhex(id), links_span)",
    ),
}


def statements(file: Path) -> list[str]:
    """The statements of a file, without their semicolons."""
    lines = (line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("--"))
    return [s for s in "\n".join(lines).split(";\n") if s.strip()]


def all_attributes(alias: str, table: str) -> str:
    """SQL: the attributes of a row as they were exported, promoted ones among them."""
    entries = ", ".join(
        f"{{'key': '{p.key}', 'value': {alias}.\"{p.column.name}\"::varchar}}"
        for p in promoted()
        if table in p.tables
    )
    return (
        f"map_concat({alias}.attributes, map_from_entries(list_filter([{entries}], "
        "lambda entry: entry.value is not null)))"
    )


def write_day(served: Path, date: dt.date, target: Path) -> int:
    """Write a date's spans as one Parquet file of the exporter's columns; the number of spans."""
    export = (HERE / "_export.sql").read_text(encoding="utf-8").replace("$target", f"'{target}'")
    for alias, table in (("events", "span_events"), ("resources", "resources"), ("spans", "spans")):
        export = export.replace(f"$attributes_of_{table}", all_attributes(alias, table))
    with duckdb.connect(str(served), read_only=True) as con:
        con.execute("set threads = 1")
        return int(con.execute(export, {"day": date}).fetchall()[0][0])


def load(session: Any, schema: str, file: Path, date: dt.date) -> None:
    """Insert one day's file and merge what that made into one part, as a day later it would be."""
    trace, span, parent, linked_trace, linked_span = _IDS[schema]
    session.query(
        f"INSERT INTO otel_traces ({_COLUMNS}) "
        f"SELECT fromUnixTimestamp64Nano(Timestamp), {trace}, {span}, {parent}, TraceState, SpanName, "
        "SpanKind, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, "
        "StatusCode, StatusMessage, arrayMap(t -> fromUnixTimestamp64Nano(t), events_time), events_name, "
        f"events_attributes, {linked_trace}, {linked_span}, links_state, links_attributes "
        f"FROM file('{file}', Parquet)"
    )
    session.query(f"OPTIMIZE TABLE otel_traces PARTITION '{date}' FINAL")


def settle(session: Any, schema: str, dates: list[dt.date]) -> None:
    """Refresh what is refreshed once a day, and merge the tables that views fill."""
    if schema == "tuned":
        (refresh,) = statements(HERE / schema / "_refresh.sql")
        for date in dates:
            session.query(refresh.replace("$day", f"'{date}'"))
    tables = session.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'",
        "CSV",
    )
    for name in str(tables).replace('"', "").split():
        if name != "otel_traces":
            session.query(f"OPTIMIZE TABLE {name} FINAL")


def bytes_on_disk(session: Any) -> int:
    """Size of all active parts, indices and views' tables included."""
    query = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()"
    return int(str(session.query(query, "CSV")))
