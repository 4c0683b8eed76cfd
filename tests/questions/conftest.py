"""One built history for all questions; tests only read it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from planted_history import SEED, History, known_spans, written

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.serve.dbt_run import run_models
from warehouse.traces.assemble import assemble

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "serve"))


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    print(f"seed {SEED}")
    root = tmp_path_factory.mktemp("questions")
    file, lake = root / "star.duckdb", root / "lake"
    ingest(written(root / "exports"), lake)
    assemble(lake, settle=True)
    with duckdb.connect(str(file)) as con:
        lake_views.create(con, lake, snapshot(lake))
    run_models(file, root)
    with duckdb.connect(str(file), read_only=True) as con:
        yield History(known_spans(), con)
