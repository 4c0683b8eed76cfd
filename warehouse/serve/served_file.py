"""Reading the served DuckDB file, whose views may lead to a lake in an object store."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.errors import USAGE, WarehouseError
from warehouse.stores import duckdb_access

FORMAT = 1
"""Counts changes of the served file that older readers do not understand."""
STORAGE = "v1.3.0"
"""The DuckDB from which on the file can be read: its macros have the lambdas of that version, and its
dictionaries of texts take half the time to write of those before."""


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """The served file, read-only.

    Raises WarehouseError when there is none, when it cannot be opened, or when a newer version built it.
    """
    if not warehouse.is_file():
        raise WarehouseError(f"There is no warehouse at {warehouse}: run `otlp-warehouse build` first.")
    try:
        con = duckdb_access.connect(warehouse.parent, warehouse, read_only=True)
    except duckdb.ConnectionException as error:
        raise WarehouseError(
            f"{warehouse} is open in this process already, and DuckDB admits one configuration: "
            "close that connection first, or ask it."
        ) from error
    except duckdb.Error as error:
        raise WarehouseError(
            f"{warehouse} cannot be opened ({sentence(error)}): build it again or choose another --warehouse."
        ) from error
    found = _format(con)
    if found > FORMAT:
        con.close()
        raise WarehouseError(
            f"{warehouse} was built by a newer otlp-warehouse (format {found}, this one reads {FORMAT}): "
            "upgrade otlp-warehouse, or build the file again."
        )
    reach_lake(con)
    return con


def record_format(con: duckdb.DuckDBPyConnection) -> None:
    """Write `lake.served_format`, which says who can read the file."""
    con.execute(f"create or replace table lake.served_format as select {FORMAT} as version")


def _format(con: duckdb.DuckDBPyConnection) -> int:
    """The file's format; 0 when it states none, being older or another program's."""
    try:
        row = con.execute("select max(version) from lake.served_format").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row and row[0] is not None else 0


def reach_lake(con: duckdb.DuckDBPyConnection) -> None:
    """Let the views of a file that `build` made read their lake; other files stay as they are."""
    if lake := _lake(con):
        duckdb_access.reach(con, lake)


def _lake(con: duckdb.DuckDBPyConnection) -> str | None:
    """Where the views of a file that `build` made find their lake; None for other files."""
    try:
        row = con.execute("select lake.lake_root()").fetchone()
    except duckdb.Error:
        return None
    return str(row[0]) if row else None


def sentence(error: duckdb.Error) -> str:
    """DuckDB's message on one line, without the echo of the query."""
    told = str(error).split("\nLINE ", 1)[0]
    return " ".join(told.split())


def query_failed(con: duckdb.DuckDBPyConnection, error: duckdb.Error) -> WarehouseError:
    """What to say of a query that failed. Where a file of the lake is at fault the query is not."""
    told, lake = sentence(error), _lake(con)
    if lake is None or lake not in told:
        return WarehouseError(told, USAGE)
    return WarehouseError(
        f"A file of the lake cannot be read ({told}): `otlp-warehouse doctor --lake {lake}` tells which are "
        "missing or damaged; where none is, build again."
    )
