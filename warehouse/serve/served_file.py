"""Reading the served DuckDB file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.errors import USAGE, WarehouseError


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """The served file, read-only. Raises WarehouseError when there is none or it cannot be opened."""
    if not warehouse.is_file():
        raise WarehouseError(f"There is no warehouse at {warehouse}: run `otlp-warehouse build` first.")
    try:
        return duckdb.connect(
            str(warehouse),
            read_only=True,
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
    except duckdb.Error as error:
        raise WarehouseError(f"{warehouse} cannot be opened ({sentence(error)}).") from error


def sentence(error: duckdb.Error) -> str:
    """DuckDB's message on one line, without the echo of the query."""
    told = str(error).split("\nLINE ", 1)[0]
    return " ".join(told.split())


def query_failed(error: duckdb.Error) -> WarehouseError:
    return WarehouseError(sentence(error), USAGE)
