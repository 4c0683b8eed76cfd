"""The Delta tables of a lake: where they are, and opening them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from warehouse.errors import WarehouseError
from warehouse.schemas.registry import FACT_TABLES, KEYED_TABLES
from warehouse.stores.places import Place, delta_address, sizes_below

LEDGER = "ingest_files"
INGEST_TABLES = (*FACT_TABLES, *KEYED_TABLES, "rejects")
"""Tables that an ingest batch adds rows to, before its ledger rows make the batch visible."""
_COMMIT = re.compile(r"(\d{20})\.(json|checkpoint.*\.parquet)$")


def open_table(lake: Place, name: str, version: int | None = None) -> DeltaTable:
    """One table, at its newest version or the given one.

    Raises WarehouseError when there is no lake, the table is lost, or its log is damaged, OSError when its
    store refuses or cannot be reached.
    """
    where, options = delta_address(lake / name)
    try:
        return DeltaTable(where, version=version, storage_options=options)
    except TableNotFoundError as error:
        if version:
            raise lost_table(lake, name) from error
        raise WarehouseError(
            f"There is no lake at {lake}: run `otlp-warehouse ingest SRC --lake {lake}` first."
        ) from error
    except DeltaError as error:
        reason = str(error).splitlines()[0]
        raise WarehouseError(
            f"The Delta log of table {name} in the lake {lake} is damaged ({reason}): restore "
            f"{lake / name} from a copy, or ingest the sources into a new lake."
        ) from error


def lost_table(lake: Place, name: str) -> WarehouseError:
    """What to say of a table that held rows and is not there."""
    return WarehouseError(
        f"The lake {lake} has lost its table {name}: restore {lake / name} from a copy, or ingest the "
        "sources into a new lake."
    )


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


def is_table(lake: Place, name: str) -> bool:
    """Whether the lake holds the table."""
    where, options = delta_address(lake / name)
    return bool(_versions(where)) if isinstance(where, Path) else DeltaTable.is_deltatable(where, options)


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


def damaged_files(lake: Place, name: str, table: DeltaTable) -> list[str]:
    """Paths of the table's files that are missing or have another size than the log says."""
    actions = file_actions(table)
    if not actions.num_rows:
        return []
    told = dict(
        zip(map(unquote, actions["path"].to_pylist()), actions["size_bytes"].to_pylist(), strict=True)
    )
    found = sizes_below(lake / name)
    return sorted(path for path, size in told.items() if found.get(path) != size)
