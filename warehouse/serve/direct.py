"""Questions to OTLP files themselves, without a lake that stays."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.schemas.registry import TABLES
from warehouse.serve import lake_views
from warehouse.stores.duckdb_access import connect

_LANDING = "_landing"


@contextmanager
def otlp_files(
    sources: Iterable[str | Path],
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over files, folders or globs of OTLP: every lake table by its name, as long as the block lasts.

    `spans`, `span_events` and `span_links` show what the files hold, before assembly. `progress` is called
    with source bytes done and in all. Rows lie compressed in a temporary folder, so files may be larger than
    memory. Raises WarehouseError when a source is missing.

    >>> with otlp_files(["exports/"]) as con:
    ...     con.sql("select service_name, count(*) from spans group by all").show()
    """
    with tempfile.TemporaryDirectory(prefix="otlp-warehouse-") as folder:
        lake = Path(folder) / "lake"
        ingest(sources, lake, workers=workers, progress=progress)
        con = connect(lake, temp_directory=folder)
        try:
            lake_views.create(con, lake, snapshot(lake))
            for name in TABLES:
                held_in = f"{name}{_LANDING}" if f"{name}{_LANDING}" in TABLES else name
                con.execute(f'create view main."{name}" as from lake."{held_in}"')
            yield con
        finally:
            con.close()
