"""The conversion in SQL: read_json with the schema given (nothing to guess), unnest, three Parquet files."""

from __future__ import annotations

from pathlib import Path

import duckdb

_ANY = "STRUCT(stringValue VARCHAR, intValue VARCHAR, doubleValue DOUBLE, boolValue BOOLEAN)"
_ATTRIBUTES = f"STRUCT(key VARCHAR, value {_ANY})[]"
_SPAN = (
    "STRUCT(traceId VARCHAR, spanId VARCHAR, parentSpanId VARCHAR, traceState VARCHAR, flags BIGINT,"
    " name VARCHAR, kind INTEGER, startTimeUnixNano BIGINT, endTimeUnixNano BIGINT,"
    f" attributes {_ATTRIBUTES},"
    " droppedAttributesCount BIGINT, droppedEventsCount BIGINT, droppedLinksCount BIGINT,"
    f" events STRUCT(timeUnixNano BIGINT, name VARCHAR, attributes {_ATTRIBUTES})[],"
    " links STRUCT(traceId VARCHAR, spanId VARCHAR, traceState VARCHAR, flags BIGINT,"
    f" attributes {_ATTRIBUTES})[],"
    " status STRUCT(code INTEGER, message VARCHAR))"
)
_LINE = (
    f"STRUCT(resource STRUCT(attributes {_ATTRIBUTES}), schemaUrl VARCHAR,"
    f" scopeSpans STRUCT(scope STRUCT(name VARCHAR, version VARCHAR), spans {_SPAN}[])[])[]"
)


def _map(attributes: str) -> str:
    kinds = ("stringValue", "intValue", "doubleValue::VARCHAR", "boolValue::VARCHAR")
    value = f"coalesce({', '.join(f'a.value.{kind}' for kind in kinds)})"
    return f"map_from_entries(list_transform({attributes}, lambda a: {{'k': a.key, 'v': {value}}}))"


def convert(source: Path, out: Path) -> int:
    """Convert a file of trace JSON lines to three Parquet files; returns the number of spans."""
    out.mkdir()
    con = duckdb.connect(config={"threads": 1, "preserve_insertion_order": False})
    con.execute(
        f"""
        CREATE TEMP TABLE spans AS
        WITH resources AS (
            SELECT unnest(resourceSpans) AS r
            FROM read_json('{source}', format = 'newline_delimited', columns = {{resourceSpans: '{_LINE}'}},
                           maximum_object_size = 64000000)
        ), scopes AS (SELECT r.resource, r.schemaUrl, unnest(r.scopeSpans) AS sc FROM resources)
        SELECT resource, schemaUrl, sc.scope, unnest(sc.spans) AS s FROM scopes
        """
    )
    copies = {
        "spans": f"""
            SELECT s.traceId AS trace_id, s.spanId AS span_id, s.parentSpanId AS parent_span_id,
                   s.traceState AS trace_state, s.flags, s.name, s.kind,
                   s.startTimeUnixNano AS start_time_unix_nano,
                   s.endTimeUnixNano - s.startTimeUnixNano AS duration_nano, s.status.code AS status_code,
                   s.status.message AS status_message, {_map("resource.attributes")} AS resource,
                   schemaUrl AS schema_url, scope.name AS scope_name, scope.version AS scope_version,
                   {_map("s.attributes")} AS attributes, s.droppedAttributesCount, s.droppedEventsCount,
                   s.droppedLinksCount
            FROM spans""",
        "events": f"""
            SELECT trace_id, span_id, e.timeUnixNano AS time_unix_nano, e.name,
                   {_map("e.attributes")} AS attributes
            FROM (SELECT s.traceId AS trace_id, s.spanId AS span_id, unnest(s.events) AS e FROM spans)""",
        "links": f"""
            SELECT trace_id, span_id, l.traceId AS linked_trace_id, l.spanId AS linked_span_id, l.traceState,
                   l.flags, {_map("l.attributes")} AS attributes
            FROM (SELECT s.traceId AS trace_id, s.spanId AS span_id, unnest(s.links) AS l FROM spans)""",
    }
    for name, query in copies.items():
        con.execute(f"COPY ({query}) TO '{out / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return int(con.execute("SELECT count(*) FROM spans").fetchall()[0][0])
