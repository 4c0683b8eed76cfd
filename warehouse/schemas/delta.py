"""Delta schemas of the lake tables."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from deltalake import Field, Schema
from deltalake.schema import ArrayType, MapType, PrimitiveType

from warehouse.schemas.model import ColumnType, Table

_DELTA_TYPES: dict[ColumnType, PrimitiveType | MapType | ArrayType] = {
    "bigint": PrimitiveType("long"),
    "int": PrimitiveType("integer"),
    "double": PrimitiveType("double"),
    "boolean": PrimitiveType("boolean"),
    "string": PrimitiveType("string"),
    "binary": PrimitiveType("binary"),
    "date": PrimitiveType("date"),
    "map": MapType(PrimitiveType("string"), PrimitiveType("string"), value_contains_null=False),
    "list<double>": ArrayType(PrimitiveType("double"), contains_null=False),
    "list<bigint>": ArrayType(PrimitiveType("long"), contains_null=False),
}


TYPE_NAMES: dict[ColumnType, Any] = {name: json.loads(made.to_json()) for name, made in _DELTA_TYPES.items()}
"""The types as Delta's log spells them."""


@cache
def delta_schema(table: Table) -> Schema:
    """The table's Delta schema; column docs travel as comments. Needs no reader or writer feature."""
    return Schema(
        [
            Field(c.name, _DELTA_TYPES[c.type], nullable=c.nullable, metadata={"comment": c.doc})
            for c in table.columns
        ]
    )
