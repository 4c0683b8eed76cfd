"""Random traces as OTLP files, and what a lake holds of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
from trace_batch import Batch, Row

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views

_PEERS = {
    "peer_service": "peer.service",
    "peer_host": "server.address",
    "peer_destination": "messaging.destination.name",
    "peer_database": "db.namespace",
}
_VARIES = "ingest_batch"
"""Which batch brought a span depends on the order of arrival; nothing else may."""


def otlp_lines(batch: Batch) -> list[str]:
    """One JSON line per landing row, each an export request of one span with events and its links."""
    links: dict[tuple[str, str, int], list[Row]] = {}
    for link in batch.links:
        key = (link["trace_id"], link["span_id"], link["content_key"])
        if link not in links.setdefault(key, []):
            links[key].append(link)
    return [_line(r, links.get((r["trace_id"], r["span_id"], r["content_key"]), [])) for r in batch.spans]


def _line(row: Row, links: list[Row]) -> str:
    start = row["start_time_unix_nano"]
    span: dict[str, Any] = {
        "traceId": row["trace_id"],
        "spanId": row["span_id"],
        "parentSpanId": row["parent_span_id"] or "",
        "name": f"operation {row['kind']}",
        "kind": row["kind"],
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(max(start + row["duration_nano"], 0)),
        "status": {"code": row["status_code"]},
        "attributes": [
            {"key": key, "value": {"stringValue": row[name]}}
            for name, key in _PEERS.items()
            if row[name] is not None
        ],
        "events": [
            {"timeUnixNano": str(start + n), "name": f"event {n}"} for n in range(row["status_code"] % 4)
        ],
        "links": [{"traceId": k["linked_trace_id"], "spanId": k["linked_span_id"]} for k in links],
    }
    resource = {"host.name": f"host-{row['resource_key']}"}
    if row["service_name"] is not None:
        resource["service.name"] = row["service_name"]
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in resource.items()]
    scoped = {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [span]}]}
    return json.dumps({"resourceSpans": [scoped]}) + "\n"


def lake_database(lake: Path) -> duckdb.DuckDBPyConnection:
    """A database with a view `lake.<table>` per table of the lake."""
    connection = duckdb.connect()
    lake_views.create(connection, lake, snapshot(lake))
    return connection


def lake_rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table as text, sorted."""
    names = [name for name in connection.sql(f"from lake.{table}").columns if name != _VARIES]
    columns = ", ".join(f'"{name}"::varchar' for name in names)
    return connection.sql(f"select {columns} from lake.{table} order by all").fetchall()


def content_hashes(lake: Path) -> dict[str, str]:
    """Hash of the rows of every assembled table, and of the losing copies in `rejects`."""
    with lake_database(lake) as connection:
        hashes = {t: _hash(lake_rows(connection, t)) for t in ASSEMBLED_TABLES}
        losers = connection.sql("select signal, reason, raw from lake.rejects order by all").fetchall()
        return hashes | {"rejects": _hash(losers)}


def _hash(rows: list[tuple[Any, ...]]) -> str:
    return f"{len(rows)} rows, " + hashlib.sha256(repr(rows).encode()).hexdigest()
