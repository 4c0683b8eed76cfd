"""What the assembled tables of a lake hold, comparable between lakes."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views

# Which batch brought a row depends on the order of arrival, its content does not.
_VARIES = {"ingest_batch"}


def views(lake: Path) -> duckdb.DuckDBPyConnection:
    """A database with a view `lake.<table>` per table of the lake."""
    con = duckdb.connect()
    lake_views.create(con, lake, snapshot(lake))
    return con


def content(lake: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of every assembled table, sorted."""
    with views(lake) as con:
        found = {}
        for table in ASSEMBLED_TABLES:
            columns = [c for c in con.sql(f"from lake.{table}").columns if c not in _VARIES]
            texts = ", ".join(f'"{c}"::varchar' for c in columns)
            found[table] = con.sql(f"select {texts} from lake.{table} order by all").fetchall()
        return found


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
