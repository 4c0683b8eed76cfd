"""Everything that readers see of a lake, and the files that hold it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from warehouse.lake.snapshot import snapshot
from warehouse.schemas.registry import TABLES
from warehouse.serve import lake_views


def rows(lake: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Sorted rows of every table, whichever files hold them."""
    with duckdb.connect() as con:
        lake_views.create(con, lake, snapshot(lake))
        return {
            name: con.sql(f"select rows::varchar from lake.{name} as rows order by all").fetchall()
            for name in TABLES
        }


def file_counts(lake: Path) -> dict[str, int]:
    """Files of every table that readers see."""
    return {name: len(table.file_uris()) for name, table in snapshot(lake).items()}


def stored(lake: Path) -> set[str]:
    """Data files that lie in the lake, needed or not."""
    return {
        str(f.relative_to(lake))
        for f in lake.glob("*/**/*.parquet")
        if not f.relative_to(lake).parts[0].startswith("_") and "_delta_log" not in f.parts
    }
