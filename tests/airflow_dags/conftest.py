"""One prepared Airflow database and five days of generated exports for all tests of the DAGs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from airflow_under_test import BIN, Airflow, new_airflow

from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.serve.build import build

SEED = 20261124


@pytest.fixture(scope="session")
def days() -> list[dt.date]:
    """The last five days whose nightly run, at 02:00 of the day after, is due."""
    last_due = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)).date()
    return [last_due - dt.timedelta(days=n) for n in range(5, 0, -1)]


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory, days: list[dt.date]) -> Path:
    """Traces, logs and metrics of each day, a file each."""
    folder = tmp_path_factory.mktemp("exports")
    written = write_history(folder, days=len(days), seed=SEED, spans_per_day=400, end_date=days[-1])
    assert len(written) == 3 * len(days)
    return folder


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory, exports: Path) -> Path:
    """The file served after one ingest and one build of all days."""
    folder = tmp_path_factory.mktemp("batch")
    ingest([exports], folder / "lake")
    build(folder / "lake", folder / "warehouse.duckdb")
    return folder / "warehouse.duckdb"


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """For `dags test`, whose runs leave each other alone."""
    assert (BIN / "airflow").is_file(), "`make test-surfaces` installs Airflow into .venv-airflow first."
    return new_airflow(tmp_path_factory.mktemp("airflow") / "home")
