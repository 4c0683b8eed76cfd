"""One lake and one build for all tests of serving; tests only read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from small_lake import SEED, small_rows, write_lake
from small_spans import Row

from warehouse.serve.build import BuildResult, build


@dataclass(frozen=True)
class Star:
    """The rows that went into the lake, the lake, and what was built from it."""

    rows: dict[str, list[Row]]
    lake: Path
    warehouse: Path
    result: BuildResult


@pytest.fixture(scope="session")
def star(tmp_path_factory: pytest.TempPathFactory) -> Star:
    print(f"seed {SEED}")
    root = tmp_path_factory.mktemp("star")
    rows = small_rows()
    lake = write_lake(root / "lake", rows)
    return Star(rows, lake, root / "warehouse.duckdb", build(lake, root / "warehouse.duckdb"))


@pytest.fixture
def con(star: Star) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader's connection: plain DuckDB, read-only, no extensions."""
    settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(str(star.warehouse), read_only=True, config=settings) as connection:
        yield connection
