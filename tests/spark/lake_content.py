"""Content hashes of a lake's tables: equal when two lakes hold the same rows, in any files and order."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.lake.snapshot import snapshot

_OF_THE_RUN = {"ingested_at_unix_nano"}


def content(lake: Path) -> dict[str, tuple[int, int]]:
    """By table, the number of rows and the sum of their hashes. Tables without files are (0, 0)."""
    return {name: _table(table.file_uris()) for name, table in snapshot(lake).items()}


def _table(files: list[str]) -> tuple[int, int]:
    if not files:
        return 0, 0
    con = duckdb.connect()
    rows = f"read_parquet({files!r}, hive_partitioning = true)"
    columns = [name for name, *_ in con.execute(f"describe from {rows}").fetchall()]
    hashed = ", ".join(f'"{name}"' for name in sorted(columns) if name not in _OF_THE_RUN)
    found = con.execute(f"select count(*), sum(hash({hashed})) from {rows}").fetchone()
    assert found is not None
    return int(found[0]), int(found[1])
