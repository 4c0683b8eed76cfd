"""What the assembled tables of a lake hold, comparable between lakes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views

# Which batch brought a row depends on the order of arrival, its content does not.
_VARIES = {"ingest_batch"}
Content = dict[str, list[tuple[object, ...]]]


def views(lake: Path) -> duckdb.DuckDBPyConnection:
    """A database with a view `lake.<table>` per table of the lake."""
    con = duckdb.connect()
    lake_views.create(con, lake, snapshot(lake))
    return con


def content(lake: Path) -> Content:
    """All rows of every assembled table, and the losing copies of `rejects`, sorted."""
    with views(lake) as con:
        found = {table: _rows(con, table) for table in ASSEMBLED_TABLES}
        losers = "select signal, reason, raw from lake.rejects order by all"
        return found | {"rejects": con.sql(losers).fetchall()}


def digests(lake: Path) -> dict[str, str]:
    """Rows and their hash, by table: what a failure can show of large lakes."""
    return {
        table: f"{len(rows)} rows, {hashlib.sha256(repr(rows).encode()).hexdigest()}"
        for table, rows in content(lake).items()
    }


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    columns = [c for c in con.sql(f"from lake.{table}").columns if c not in _VARIES]
    texts = ", ".join(f'"{c}"::varchar' for c in columns)
    return con.sql(f"select {texts} from lake.{table} order by all").fetchall()


def accounts(lake: Path) -> tuple[int, int]:
    """Spans that the ledger counts, and spans that the lake accounts for."""
    with views(lake) as con:
        row = con.sql(
            """
            select
                (select sum(spans - rejected_spans) from lake.ingest_files)::bigint,
                (select coalesce(sum(1 + duplicate_count), 0) from lake.spans)::bigint
                + (select count(*) from lake.rejects where reason = 'conflicting_duplicate')
                + (select count(*) from lake.spans_landing)"""
        ).fetchone()
    assert row is not None
    return row
