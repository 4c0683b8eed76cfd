"""One lake and one build for all tests of serving; tests only read them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import duckdb
import pytest
from small_lake import SEED, small_rows, write_lake
from star_under_test import Star

from warehouse.lake.snapshot import snapshot
from warehouse.serve.build import build

# DuckDB gives all connections of one process to one path the same file: the old one needs its own process.
_OLD_READER = """
import duckdb, sys
con = duckdb.connect(sys.argv[1], read_only=True)
print("connected", flush=True)
sys.stdin.readline()
print(con.sql("select table_name from duckdb_tables()").fetchall())
"""


@pytest.fixture(scope="session")
def star(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Star]:
    print(f"seed {SEED}")
    root = tmp_path_factory.mktemp("star")
    rows = small_rows()
    lake, served = write_lake(root / "lake", rows), root / "warehouse.duckdb"
    with duckdb.connect(str(served)) as old:
        old.execute("create schema lake; create table lake.old as select 1 as n")
    old_reader = subprocess.Popen(
        [sys.executable, "-c", _OLD_READER, str(served)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert old_reader.stdout is not None and old_reader.stdout.readline() == "connected\n"
    steps: list[tuple[str, int, int]] = []
    result = build(lake, served, progress=lambda *step: steps.append(step))
    counts = {name: table.count() for name, table in snapshot(lake).items()}
    yield Star(rows, lake, served, result, steps, counts, old_reader)
    old_reader.kill()


@pytest.fixture
def con(star: Star) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader's connection: plain DuckDB, read-only, no extensions."""
    settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(str(star.warehouse), read_only=True, config=settings) as connection:
        yield connection
