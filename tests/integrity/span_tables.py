"""Rows of spans for the tests of integrity: registry columns, filled with plain defaults."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.promoted import promoted_in
from warehouse.schemas.registry import TABLES

DAY = date(2026, 11, 20)
NOON = 1_795_176_000_000_000_000
_PLAIN: dict[Any, Any] = {
    pa.string(): "",
    pa.int64(): 0,
    pa.int32(): 0,
    pa.float64(): 0.0,
    pa.bool_(): False,
    pa.binary(): b"",
    pa.date32(): DAY,
}
LETTERS = {str: "s", bool: "b", int: "i", float: "d", type(None): "n"}
_PROMOTED = {p.key: p for p in promoted_in("spans")}
_OF_TYPE = {"string": str, "int": int, "double": float, "boolean": bool}


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of a lake table; columns that a row does not state are null, zero or empty."""
    schema = arrow_schema(TABLES[name])

    def value(row: dict[str, Any], field: pa.Field) -> Any:
        if field.name in row:
            return row[field.name]
        if field.nullable:
            return None
        return [] if pa.types.is_nested(field.type) else _PLAIN[field.type]

    return pa.table(
        {f.name: pa.array([value(r, f) for r in rows], f.type) for f in schema},
        schema=schema,
    )


def text(value: Any) -> str:
    """An attribute value as the map holds it."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def span(attributes: dict[str, Any] | None = None, **columns: Any) -> dict[str, Any]:
    """One row of spans. Attributes are promoted or stay in the map, as ingest does it."""
    row: dict[str, Any] = {
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "name": "work",
        "kind": 1,
        "start_time_unix_nano": NOON,
        "duration_nano": 1000,
        "service_name": "shop",
        "resource_key": 7,
        "scope_key": 8,
        "adjusted_count": 1.0,
    }
    entries, letters = [], ""
    for key, value in (attributes or {}).items():
        promoted = _PROMOTED.get(key)
        if promoted and type(value) is _OF_TYPE[promoted.type]:
            row[promoted.column.name] = value
        else:
            entries.append((key, text(value)))
            letters += LETTERS[type(value)]
    return row | {"attributes": entries, "attribute_types": letters} | columns


def spans(*rows: dict[str, Any]) -> pa.Table:
    return table("spans", list(rows))
