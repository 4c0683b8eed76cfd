"""Committing written files to a Delta table, once per batch."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction

from warehouse.errors import WarehouseError
from warehouse.lake.snapshot import VERSIONS
from warehouse.lake.tables import open_table
from warehouse.schemas.arrow import file_schema
from warehouse.schemas.model import Table
from warehouse.schemas.parquet import PartFile
from warehouse.schemas.registry import TABLES

INGEST_APP = "otlp-warehouse-ingest"
"""Delta application id of ingest: its transaction number on a table is the last batch committed there."""
_RETRIES = 20


def last_batch(table: DeltaTable) -> int:
    """Number of the last ingest batch committed to the table; 0 when there is none."""
    return table.transaction_version(INGEST_APP) or 0


def commit_parts(
    lake: Path, name: str, parts: Sequence[PartFile], batch: int, versions: dict[str, int] | None = None
) -> int:
    """Add the files to a table as one commit of the batch and return the table's version.

    Does nothing when the batch is already there, or when there are no files. `versions` are the versions of
    the other tables, given with the ledger's commit. Raises WarehouseError when a file is missing or wrong:
    Delta itself would take it.
    """
    table = open_table(lake, name)
    if not parts or last_batch(table) >= batch:
        return table.version()
    for part in parts:
        _check(lake / name / part.path, part.size, TABLES[name])
    metadata: dict[str, object] = {"batch_id": batch}
    if versions is not None:
        metadata[VERSIONS] = json.dumps(versions)
    partition = TABLES[name].partition
    table.create_write_transaction(
        [AddAction(p.path, p.size, dict(p.partition), p.modified_ms, True, p.stats) for p in parts],
        mode="append",
        schema=table.schema(),
        partition_by=[partition] if partition else None,
        commit_properties=CommitProperties(
            custom_metadata=metadata,
            max_commit_retries=_RETRIES,
            app_transactions=[Transaction(INGEST_APP, batch)],
        ),
    )
    return open_table(lake, name).version()


def _check(file: Path, size: int, table: Table) -> None:
    if not file.is_file() or file.stat().st_size != size:
        raise WarehouseError(
            f"{file} was written by this batch and is gone or changed: remove the folder _batches of the "
            "lake and run ingest again."
        )
    if not pq.read_schema(file).equals(_schema_on_disk(table)):
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
