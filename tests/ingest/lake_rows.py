"""Rows that a reader of the lake sees, in a form that two lakes can be compared by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import INGEST_TABLES, LEDGER, data_paths
from warehouse.schemas.registry import TABLES

_TIMES_OF_RUN = {"ingested_at_unix_nano"}
Rows = list[tuple[Any, ...]]


def visible_rows(lake: Path) -> dict[str, Rows]:
    """Sorted rows of every table that ingest fills, at the newest complete batch."""
    tables = snapshot(lake)
    return {name: _rows(data_paths(lake, name, tables[name]), name) for name in (*INGEST_TABLES, LEDGER)}


def _rows(files: list[str], name: str) -> Rows:
    columns = [c.name for c in TABLES[name].file_columns if c.name not in _TIMES_OF_RUN]
    found: Rows = []
    for file in files:
        date = next((p for p in Path(file).parts if p.startswith("event_date=")), "")
        table = pq.ParquetFile(file).read(columns)
        found += [(date, *row.values()) for row in table.to_pylist()]
    return sorted(found, key=repr)


def counts(lake: Path) -> dict[str, int]:
    return {name: len(rows) for name, rows in visible_rows(lake).items()}


def column(lake: Path, table: str, *names: str) -> list[Any]:
    """Values of one column, or tuples of several, in order of their text."""
    files = data_paths(lake, table, snapshot(lake)[table])
    rows = pa.concat_tables([pq.ParquetFile(f).read(list(names)) for f in files]).to_pylist() if files else []
    return sorted((r[names[0]] if len(names) == 1 else tuple(r[n] for n in names) for r in rows), key=repr)
