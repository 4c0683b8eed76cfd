"""Which peer a span names: where a call goes, or, on SERVER and CONSUMER spans, where it arrives."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.registry import TABLES

PEER_KEYS: dict[str, tuple[str, ...]] = {
    "peer_service": ("service.peer.name", "peer.service"),
    "peer_host": ("server.address", "net.peer.name", "net.host.name"),
    "peer_destination": ("messaging.destination.name", "messaging.destination"),
    "peer_database": ("db.system.name", "db.namespace", "db.system", "db.name"),
}
"""Attribute keys that name a peer of each category, the newest first."""
_COLUMNS = frozenset(TABLES["spans"].column_names)


def peer_columns(spans: pa.Table) -> pa.Table:
    """Texts peer_service, peer_host, peer_destination, peer_database of every span; null when not named.

    Needs the map `attributes` and the promoted columns among PEER_KEYS. An empty text names nothing.
    """
    keys_present = _keys_present(spans)
    return pa.table({name: _first(spans, keys, keys_present) for name, keys in PEER_KEYS.items()})


def peer_source_columns() -> list[str]:
    """The span columns that `peer_columns` reads."""
    promoted = [_column(key) for keys in PEER_KEYS.values() for key in keys if _column(key) in _COLUMNS]
    return [*promoted, "attributes"]


def _column(key: str) -> str:
    return key.replace(".", "_")


def _keys_present(spans: pa.Table) -> set[str]:
    chunks = spans["attributes"].chunks
    found: set[str] = set()
    for chunk in chunks:
        found.update(pc.unique(chunk.keys).to_pylist())
    return found


def _first(spans: pa.Table, keys: tuple[str, ...], present: set[str]) -> pa.Array:
    found: list[pa.ChunkedArray] = []
    for key in keys:
        if _column(key) in _COLUMNS:
            found.append(spans[_column(key)].cast(pa.string()))
        if key in present:
            found.append(pc.map_lookup(spans["attributes"], pa.scalar(key), "first"))
    if not found:
        return pa.nulls(spans.num_rows, pa.string())
    named = [pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values) for values in found]
    return pc.coalesce(*named)
