"""Views over one complete batch of the lake, in a DuckDB file that needs no extension to read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable

from warehouse.schemas.dbt_sources import DUCKDB_TYPE
from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _present_columns(table: DeltaTable) -> set[str]:
    return {field.name for field in table.schema().fields}


def _files(table: Table, delta: DeltaTable) -> list[str]:
    """Data files of the pinned version, relative to the lake, in a fixed order."""
    # Paths in the log are URL-encoded; partition folders of dates hold nothing to encode, file names might.
    paths = delta.get_add_actions(flatten=True).column("path").to_pylist()
    return sorted(f"/{table.name}/{unquote(path)}" for path in paths)


def _select_list(table: Table, present: set[str]) -> str:
    return ",\n    ".join(
        f'cast({c.name if c.name in present else "null"} as {DUCKDB_TYPE[c.type]}) as "{c.name}"'
        for c in table.columns
    )


def _view(table: Table, delta: DeltaTable | None) -> str:
    files = _files(table, delta) if delta is not None else []
    if delta is None or not files:
        return f"create view lake.{table.name} as select\n    {_select_list(table, set())}\nwhere false"
    listed = ", ".join(_text(f) for f in files)
    partition = f", hive_types = {{'{table.partition}': date}}" if table.partition else ""
    return (
        f"create view lake.{table.name} as select\n    {_select_list(table, _present_columns(delta))}\n"
        "from read_parquet(\n"
        f"    list_transform([{listed}], lambda path: lake.lake_root() || path),\n"
        f"    hive_partitioning = {'true' if table.partition else 'false'}{partition}\n)"
    )


def create(con: duckdb.DuckDBPyConnection, lake: Path, tables: Mapping[str, DeltaTable]) -> dict[str, int]:
    """Create schema `lake`: a view per registry table, `lake_root()` and `lake_versions`.

    `tables` holds the tables of one complete batch, each loaded at its pinned version; a table that is not in
    it, or has no files, becomes an empty view of the registry's types. Views name their files relative to
    `lake.lake_root()`, so a lake that moves needs one macro replaced. Returns the pinned versions by table.
    """
    versions = {name: delta.version() for name, delta in tables.items() if name in TABLES}
    con.execute("create schema if not exists lake")
    con.execute(f"create or replace macro lake.lake_root() as {_text(lake.resolve().as_posix())}")
    con.execute("create or replace table lake.lake_versions (table_name varchar, version bigint)")
    if versions:
        con.executemany("insert into lake.lake_versions values (?, ?)", sorted(versions.items()))
    for table in TABLES.values():
        con.execute(f"drop view if exists lake.{table.name}")
        con.execute(_view(table, tables.get(table.name)))
    return versions
