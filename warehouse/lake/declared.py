"""Attributes that a lake promotes beside those of the conventions: its declaration, its tables' columns."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.schemas.arrow import file_schema
from warehouse.schemas.declaration import DECLARATION, VARIABLE, read_declaration, write_declaration
from warehouse.schemas.delta import delta_schema
from warehouse.schemas.model import Table
from warehouse.schemas.promoted import as_promoted, declared
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place

_EMPTY_FILES = "_declared/event_date=1970-01-01"


def require_declaration(lake: Place) -> None:
    """Raise WarehouseError when the lake declares attributes that this process does not know.

    Their values lie in columns that the registry would leave out.
    """
    if not isinstance(lake, Path):
        return
    file = lake / DECLARATION
    if file.is_file() and not {as_promoted(e) for e in read_declaration(file)} <= set(declared()):
        raise WarehouseError(
            f"The lake {lake} promotes attributes of its own, which this process did not read when it began: "
            f"set {VARIABLE}={file} and start anew."
        )


def take_declaration(lake: Place) -> None:
    """Give the lake's tables the columns of declared attributes, and the lake the declaration itself.

    Does nothing when nothing is declared. Raises WarehouseError like `require_declaration`.
    """
    require_declaration(lake)
    if not declared() or not isinstance(lake, Path):
        return
    if not (lake / DECLARATION).exists():
        write_declaration(lake / DECLARATION, [p.as_entry() for p in declared()])
    for table in TABLES.values():
        if has_declared(table):
            _add_columns(lake, table)


def has_declared(table: Table) -> bool:
    """Whether declared attributes are columns of the table, which its older files lack."""
    return any(table.name.removesuffix("_landing") in p.tables for p in declared())


def empty_file(table: Table) -> str:
    """Path, from the lake's root on, of a file without rows that has all columns of the table.

    Readers that merge columns by name read it beside the others, some or all of which may be older.
    """
    return f"{_EMPTY_FILES}/{table.name}-{len(declared())}.parquet"


def _add_columns(lake: Path, table: Table) -> None:
    delta = DeltaTable(lake / table.name)
    held = {field.name for field in delta.schema().fields}
    missing = [field for field in delta_schema(table).fields if field.name not in held]
    if missing:
        delta.alter.add_columns(missing)
    file = lake / empty_file(table)
    if missing or not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(file_schema(table).empty_table(), file)
