"""Views over one complete batch of the lake, in a DuckDB file that needs no extension to read them."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from warehouse.lake.declared import empty_file, is_widened
from warehouse.schemas.dbt_sources import DUCKDB_TYPE
from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES
from warehouse.serve import locator
from warehouse.serve.data_files import SCHEMA, data_files
from warehouse.serve.sql_text import quoted
from warehouse.stores.places import Place, address


def _select_list(table: Table, present: set[str]) -> str:
    return ",\n    ".join(
        f'cast({c.name if c.name in present else "null"} as {DUCKDB_TYPE[c.type]}) as "{c.name}"'
        for c in table.columns
    )


def _typed(lake: Place, table: Table, delta: DeltaTable | None, paths: str) -> str:
    """A select of the registry's columns from Parquet files; `paths` is an expression that lists them."""
    if delta is None:
        return f"select\n    {_select_list(table, set())}\nwhere false"
    present = {field.name for field in delta.schema().fields}
    options = ["hive_partitioning = false"]
    if table.partition:
        options = ["hive_partitioning = true", f"hive_types = {{'{table.partition}': date}}"]
    if is_widened(lake, table):
        present = set(table.column_names)
        paths = f"list_prepend(lake.lake_root() || {quoted('/' + empty_file(table))}, {paths})"
        options.append("union_by_name = true")
    return (
        f"select\n    {_select_list(table, present)}\n"
        f"from read_parquet(\n    {paths},\n    {', '.join(options)}\n)"
    )


def _comments(table: Table) -> str:
    """Statements that tell clients the grain of a view and the meaning of its columns."""
    view = f"lake.{table.name}"
    columns = (f'comment on column {view}."{c.name}" is {quoted(c.doc)}' for c in table.columns)
    return ";\n".join([f"comment on view {view} is {quoted(table.grain)}", *columns])


def create(con: duckdb.DuckDBPyConnection, lake: Place, tables: Mapping[str, DeltaTable]) -> dict[str, int]:
    """Fill schema `lake`: a view per registry table, `lake_root()`, `lake_versions` and the locator.

    `tables` holds the tables of one complete batch, each loaded at its pinned version; a table that is not in
    it, or has no files, becomes an empty view of the registry's types. Views name their files relative to
    `lake.lake_root()`, so a lake that moves needs one macro replaced. What the schema held before is
    replaced. Returns the pinned versions by table.
    """
    pinned = {name: delta for name, delta in tables.items() if name in TABLES}
    versions = {name: delta.version() for name, delta in pinned.items()}
    con.execute("create schema if not exists lake")
    con.execute(f"create or replace macro lake.lake_root() as {quoted(address(lake))}")
    con.execute("create or replace table lake.lake_versions (table_name varchar, version bigint)")
    if versions:
        con.executemany("insert into lake.lake_versions values (?, ?)", sorted(versions.items()))
    files = {name: data_files(TABLES[name], delta) for name, delta in pinned.items()}
    locator.record(
        con,
        pa.concat_tables([SCHEMA.empty_table(), *files.values()]),
        {name: str(delta.metadata().id) for name, delta in pinned.items()},
    )
    for table in TABLES.values():
        # Newest dates first: who asks for the latest rows has them before older files are looked into.
        held = files[table.name].column("path").to_pylist()[::-1] if table.name in files else []
        delta = pinned[table.name] if held else None
        listed = ", ".join(quoted(path) for path in held)
        every = f"list_transform([{listed}], lambda path: lake.lake_root() || path)"
        con.execute(f"create or replace view lake.{table.name} as {_typed(lake, table, delta, every)}")
        con.execute(_comments(table))
        if table.name in locator.BY_TRACE:
            macro = _typed(lake, table, delta, locator.candidates(files.get(table.name)))
            con.execute(locator.trace_macro(table.name, macro))
    return versions
