"""Whom a span calls, and over what: the peers that its attributes name."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import arrow, flat, numbers, row_batches
from warehouse.integrity.entries import Entries
from warehouse.schemas.registry import TABLES

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
PEER_COLUMNS = ("peer_service", "peer_host", "peer_destination", "peer_database")
_NAMES = {
    "peer_service": ("service.peer.name", "peer.service"),
    "peer_host": ("server.address",),
    "peer_destination": ("messaging.destination.name", "messaging.destination"),
    "peer_database": ("db.namespace", "db.system.name", "db.name", "db.system"),
}
"""Attributes that name a peer, in the order in which they are asked; promoted ones first."""
_OLD_PEER_HOST, _OLD_OWN_HOST = "net.peer.name", "net.host.name"
"""Before server.address: the callee on the caller's side, and the span's own host on a SERVER span."""

CONNECTION_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("db", ("db.system.name", "db.system")),
    ("messaging", ("messaging.system", "messaging.destination.name", "messaging.destination")),
    ("rpc", ("rpc.system.name", "rpc.system", "rpc.method")),
    ("http", ("http.request.method", "http.method", "url.full", "http.url")),
)
"""Kinds of connection in the order in which they are tried, each with attributes one of which tells it.
A call that tells none is `messaging` when its kind is PRODUCER, else `other`. A database or a queue behind
HTTP, and RPC over HTTP, are the more specific kind."""


def peer_columns(spans: pa.Table) -> pa.Table:
    """The peers that spans name, a row per row: peer_service, peer_host, peer_destination, peer_database.

    `spans` holds the columns that `peer_source_columns` lists. A column is null where a span
    names none. On SERVER and CONSUMER spans peer_host and peer_destination name what is itself instrumented,
    and peer_service is null. Numeric peer addresses and hosts within URLs are no names.
    """
    schema = pa.schema([(name, pa.string()) for name in PEER_COLUMNS])
    batches = [_of_batch(batch, schema) for batch in row_batches(spans.select(peer_source_columns()))]
    return pa.Table.from_batches(batches, schema)


@cache
def peer_source_columns() -> list[str]:
    """The span columns that `peer_columns` reads."""
    names = [_column(key) for keys in _NAMES.values() for key in keys]
    return ["kind", *(name for name in names if name in TABLES["spans"].column_names), "attributes"]


def _column(key: str) -> str:
    return key.replace(".", "_")


def _of_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    entries = Entries.of(batch.column("attributes"))
    kind = numbers(batch.column("kind"))
    columns = {name: _named(batch, entries, name) for name in PEER_COLUMNS}
    is_callee = arrow((kind == SERVER) | (kind == CONSUMER))
    columns["peer_service"] = pc.if_else(is_callee, None, columns["peer_service"])
    for key, applies in ((_OLD_PEER_HOST, kind != SERVER), (_OLD_OWN_HOST, kind == SERVER)):
        older = entries.column(key, batch.num_rows)
        if older.null_count < len(older):
            older = pc.if_else(arrow(applies), older, None)
            columns["peer_host"] = _coalesce(columns["peer_host"], older)
    return pa.record_batch([columns[name] for name in PEER_COLUMNS], schema=schema)


def _named(batch: pa.RecordBatch, entries: Entries, name: str) -> pa.Array:
    """The first name that is stated and not empty: promoted columns, then the map."""
    found = pa.nulls(batch.num_rows, pa.string())
    for key in _NAMES[name]:
        if _column(key) in batch.schema.names:
            found = _coalesce(found, flat(batch.column(_column(key))))
    for key in _NAMES[name]:
        found = _coalesce(found, entries.column(key, batch.num_rows))
    return found


def _coalesce(found: pa.Array, more: pa.Array) -> pa.Array:
    """`found`, filled with what `more` names; empty texts name nothing."""
    if found.null_count == 0:
        return found
    more = more.cast(pa.string())
    if more.null_count == len(more):
        return found
    is_empty = pc.equal(more, "")
    if pc.any(is_empty).as_py():
        more = pc.if_else(is_empty, None, more)
    return more if found.null_count == len(found) else pc.coalesce(found, more)
