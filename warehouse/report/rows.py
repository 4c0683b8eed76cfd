"""Rows of a query by column name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

Row = dict[str, Any]


def rows(con: DuckDBPyConnection, query: str, values: dict[str, Any]) -> list[Row]:
    """All rows; decimals become integers or floats. A report's queries return hundreds of rows at most."""
    found = con.execute(query, {name: v for name, v in values.items() if f"${name}" in query})
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, map(_number, row), strict=True)) for row in found.fetchall()]


def _number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
