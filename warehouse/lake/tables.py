"""The Delta tables of a lake: where they are, creating and opening them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from warehouse.errors import WarehouseError
from warehouse.lake.declared import take_declaration
from warehouse.lake.first_commit import write_first_commit
from warehouse.schemas.delta import delta_schema
from warehouse.schemas.model import Table
from warehouse.schemas.registry import FACT_TABLES, KEYED_TABLES, TABLES
from warehouse.stores.places import Place, delta_address, spread

LEDGER = "ingest_files"
INGEST_TABLES = (*FACT_TABLES, *KEYED_TABLES, "rejects")
"""Tables that an ingest batch adds rows to, before its ledger rows make the batch visible."""
_COMMIT = re.compile(r"(\d{20})\.(json|checkpoint.*\.parquet)$")


def create_missing(lake: Place) -> None:
    """Create the tables of the registry that the lake does not hold yet, empty, at version 0."""
    are_there = spread(lake, lambda table: _is_there(lake, table), TABLES.values())
    missing = [table for table, is_there in zip(TABLES.values(), are_there, strict=True) if not is_there]
    spread(lake, lambda table: _create(lake, table), missing)
    take_declaration(lake, [table for table in TABLES.values() if table not in missing])


def _is_there(lake: Place, table: Table) -> bool:
    where, options = delta_address(lake / table.name)
    if isinstance(where, Path):
        return bool(_versions(where))
    return DeltaTable.is_deltatable(where, options)


def _create(lake: Place, table: Table) -> None:
    where, options = delta_address(lake / table.name)
    if isinstance(where, Path):
        write_first_commit(where, table)
    else:
        DeltaTable.create(
            where,
            delta_schema(table),
            mode="ignore",
            partition_by=[table.partition] if table.partition else None,
            name=table.name,
            description=table.grain,
            storage_options=options,
        )


def open_table(lake: Place, name: str, version: int | None = None) -> DeltaTable:
    """One table, at its newest version or the given one. Raises WarehouseError when there is no lake."""
    where, options = delta_address(lake / name)
    try:
        return DeltaTable(where, version=version, storage_options=options)
    except TableNotFoundError as error:
        raise WarehouseError(
            f"There is no lake at {lake}: run `otlp-warehouse ingest SRC --lake {lake}` first."
        ) from error


def open_written(lake: Place, name: str, table: DeltaTable | None = None) -> DeltaTable | None:
    """One table at its newest version, like `open_table`; `table` is it at an earlier one, if it was opened.

    None for a table on a disk that holds its first commit alone: it has no rows and knows no run, and opening
    it to see that would take a good part of what a small ingest takes.
    """
    if table is not None:
        table.update_incremental()
        return table
    folder = lake / name
    return None if isinstance(folder, Path) and _versions(folder) == [0] else open_table(lake, name)


def newest_version(lake: Place, name: str) -> int:
    """Version that `open_table` opens. Of a table on a disk its log's file names tell, forty times faster."""
    folder = lake / name
    return max(_versions(folder)) if isinstance(folder, Path) else open_table(lake, name).version()


def _versions(folder: Path) -> list[int]:
    """Versions that the log of a table on a disk has files of."""
    try:
        found = [_COMMIT.match(file.name) for file in (folder / "_delta_log").iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [int(commit[1]) for commit in found if commit]


def file_actions(table: DeltaTable) -> pa.Table:
    """What Delta's log says of the files of the table's version. Not by pa.table, which imports pandas."""
    return pa.RecordBatchReader.from_stream(table.get_add_actions(flatten=True)).read_all()


def data_paths(lake: Place, name: str, table: DeltaTable | None = None) -> list[str]:
    """Paths of a table's files, of its newest version when no other is given, as readers take them.

    Delta's log names files URL-encoded, and `DeltaTable.file_uris` encodes the lake's own path as well.
    """
    actions = file_actions(table or open_table(lake, name))
    paths = actions["path"].to_pylist() if actions.num_rows else []
    return sorted(str(lake / name / unquote(path)) for path in paths)
