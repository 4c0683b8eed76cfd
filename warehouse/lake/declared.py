"""Attributes that got columns after a lake was made: its own declaration, or a later release of ours."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from warehouse.errors import WarehouseError
from warehouse.lake.first_commit import began_with
from warehouse.lake.tables import open_table
from warehouse.schemas.arrow import file_schema
from warehouse.schemas.declaration import DECLARATION, VARIABLE, read_declaration, write_declaration
from warehouse.schemas.delta import delta_schema
from warehouse.schemas.model import Table
from warehouse.schemas.promoted import as_promoted, declared, promoted_in
from warehouse.stores.places import Place, spread, write_whole

_EMPTY_FILES = "_declared/event_date=1970-01-01"


def require_declaration(lake: Place) -> None:
    """Raise WarehouseError when the lake declares attributes that this process does not know.

    Their values lie in columns that the registry would leave out.
    """
    file = lake / DECLARATION
    if file.is_file() and not {as_promoted(e) for e in read_declaration(file)} <= set(declared()):
        raise WarehouseError(
            f"The lake {lake} promotes attributes of its own, which this process did not read when it began: "
            f"set {VARIABLE}={file} and start anew."
        )


def take_declaration(lake: Place, older: Iterable[Table]) -> None:
    """Give older tables the columns of attributes that are promoted since, and the lake the declaration.

    Raises WarehouseError like `require_declaration`.
    """
    require_declaration(lake)
    if declared() and not (lake / DECLARATION).is_file():
        write_declaration(lake / DECLARATION, [p.as_entry() for p in declared()])
    spread(lake, partial(_add_columns, lake), filter(_carries_attributes, older))


def is_widened(lake: Place, table: Table) -> bool:
    """Whether older files of the table may lack columns that it has now."""
    return _carries_attributes(table) and (lake / empty_file(table)).is_file()


def empty_file(table: Table) -> str:
    """Path, from the lake's root on, of a file without rows that has all columns of the table.

    Readers that merge columns by name read it beside the others, some or all of which may be older.
    """
    return f"{_EMPTY_FILES}/{table.name}-{len(table.columns)}.parquet"


def _carries_attributes(table: Table) -> bool:
    return bool(promoted_in(table.name.removesuffix("_landing")))


def _add_columns(lake: Place, table: Table) -> None:
    folder = lake / table.name
    if isinstance(folder, Path) and began_with(folder, table):
        return  # columns never leave; opening the table would take ten times as long
    delta = open_table(lake, table.name)
    held = {field.name for field in delta.schema().fields}
    missing = [field for field in delta_schema(table).fields if field.name not in held]
    if not missing:
        return
    # First: whoever sees the columns finds it.
    empty = io.BytesIO()
    pq.write_table(file_schema(table).empty_table(), empty)
    write_whole(lake / empty_file(table), empty.getvalue())
    delta.alter.add_columns(missing)
