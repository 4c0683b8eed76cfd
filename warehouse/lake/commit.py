"""Committing written files to a Delta table, once per run."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction

from warehouse.errors import WarehouseError
from warehouse.lake.first_commit import write_first_files
from warehouse.lake.rearranged import refuse_replaced
from warehouse.lake.snapshot import VERSIONS
from warehouse.lake.tables import newest_version, open_table, open_written
from warehouse.schemas.arrow import file_schema
from warehouse.schemas.model import Table
from warehouse.schemas.parquet import PartFile, open_parquet
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place, size_of, spread

INGEST_APP = "otlp-warehouse-ingest"
"""Delta application id of ingest: its transaction number on a table is the last batch committed there."""
_RETRIES = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Who commits: the Delta application and the number of its run, which counts up."""

    app: str
    number: int

    def is_in(self, table: DeltaTable | None) -> bool:
        """Whether the table, as `open_written` gives it, holds this run's commit, or one of a later run."""
        return last_run(table, self.app) >= self.number


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of a table as its Delta log names it, with its partition values."""

    path: str
    size: int
    partition: dict[str, str]


def last_run(table: DeltaTable | None, app: str) -> int:
    """Number of the application's last run committed to the table; 0 when there is none."""
    return (table.transaction_version(app) or 0) if table else 0


def last_batch(table: DeltaTable | None) -> int:
    """Number of the last ingest batch committed to the table; 0 when there is none."""
    return last_run(table, INGEST_APP)


def commit_parts(
    lake: Place,
    name: str,
    parts: Sequence[PartFile],
    run: Run,
    *,
    removed: Sequence[DataFile] = (),
    metadata: dict[str, Any] | None = None,
    changes_rows: bool = True,
    table: DeltaTable | None = None,
) -> int:
    """Add and remove files of a table as one commit of the run and return the table's version.

    Without `changes_rows` the added files hold the rows of the removed ones: streams need not read them.
    `table` is the table at its newest version, where the caller has opened it already (`open_written`).
    Does nothing when the run's commit is already there, or when there is nothing to change. Raises
    WarehouseError when a file is missing or wrong, or one to remove is gone: Delta itself would take it.
    """
    table = table or open_written(lake, name)
    if run.is_in(table) or not (parts or removed or metadata):
        return table.version() if table else 0
    folder, noted = lake / name, {"batch_id": run.number} | (metadata or {})
    if removed:
        table = table or open_table(lake, name)
        refuse_replaced(folder, table, (f.path for f in removed))
    spread(lake, lambda part: _check(folder / part.path, part.size, TABLES[name]), parts)
    is_new, who = table is None, (run.app, run.number)
    if is_new and isinstance(folder, Path) and write_first_files(folder, TABLES[name], parts, who, noted):
        return 1
    table = table or open_table(lake, name)
    partition = TABLES[name].partition
    now = time.time_ns() // 1_000_000
    table.create_write_transaction(
        [
            *(
                AddAction(p.path, p.size, dict(p.partition), p.modified_ms, changes_rows, p.stats)
                for p in parts
            ),
            *(RemoveAction(f.path, changes_rows, now, f.size, dict(f.partition)) for f in removed),
        ],
        mode="append",
        schema=table.schema(),
        partition_by=[partition] if partition else None,
        commit_properties=CommitProperties(
            custom_metadata=noted,
            max_commit_retries=_RETRIES,
            app_transactions=[Transaction(run.app, run.number)],
        ),
    )
    return newest_version(lake, name)


def versions_metadata(versions: dict[str, int]) -> dict[str, Any]:
    """What the ledger's commit says of the versions that belong together; `snapshot` reads it."""
    return {VERSIONS: json.dumps(versions)}


def _check(file: Place, size: int, table: Table) -> None:
    if size_of(file) != size:
        raise WarehouseError(
            f"{file} was written by this run and is gone or changed: remove the folders _batches and "
            "_assembly of the lake and run it again."
        )
    if not open_parquet(file).schema_arrow.equals(_schema_on_disk(table)):
        raise WarehouseError(
            f"{file} does not have the columns of {table.name}: the lake was written by another release; "
            "ingest into a new lake."
        )


@cache
def _schema_on_disk(table: Table) -> object:
    """The table's schema as Parquet gives it back, where Arrow's names inside nested types are lost."""
    buffer = io.BytesIO()
    pq.ParquetWriter(buffer, file_schema(table), store_schema=False).close()
    return pq.read_schema(buffer)
