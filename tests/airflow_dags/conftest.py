"""One prepared Airflow database and five days of generated exports for all tests of the DAGs."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_under_test import BIN, DAGS, Airflow, airflow_environment, new_airflow, variables
from nights import (
    Nights,
    eventually,
    free_port,
    kill_airflows_task_alone,
    kill_task_and_command,
    port_is_free,
    start_command,
)

from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.serve.build import build

SEED = 20261124
_CONSUMER = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Asset

with DAG("after_the_warehouse", schedule=[Asset("otlp_warehouse_published")]):
    BashOperator(task_id="note", bash_command="echo published >> {file}")
"""


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


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory, exports: Path, days: list[dt.date]) -> Iterator[Nights]:
    """`make airflow` with five days to make up for, two tasks killed, and a DAG that waits for the asset."""
    folder = tmp_path_factory.mktemp("nights")
    dags, home, port = folder / "dags", folder / "airflow", free_port()
    shutil.copytree(DAGS, dags, ignore=shutil.ignore_patterns("__pycache__"))
    (dags / "after_the_warehouse.py").write_text(_CONSUMER.format(file=folder / "told"))
    env = airflow_environment(home, dags) | variables(folder, exports)
    env |= {
        "OTLP_WAREHOUSE_CATCHUP_FROM": str(days[0]),
        "OTLP_WAREHOUSE_RETRY_SECONDS": "15",
        "OTLP_WAREHOUSE_TELEMETRY": f"{folder / 'own'}/",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    }
    process = subprocess.Popen(start_command(port, home), env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        told = process.stdout.readline().split()
        assert told[:1] == ["Airflow:"], told
        found = Nights(Airflow(home, env), folder, told[1], told[5], [])
        eventually("the DAGs are known", lambda: len(found.airflow.query("select dag_id from dag")) == 4, 120)
        for dag in ("after_the_warehouse", "otlp_daily"):
            found.authorized("PATCH", f"dags/{dag}", {"is_paused": False})
        found.killed.append(kill_airflows_task_alone(found))
        eventually("the first night", lambda: found.runs()[0][0] == "success", told=found.story)
        found.killed.append(kill_task_and_command(found))
        eventually("five nights", lambda: found.succeed(len(days)), told=found.story)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=120)
    assert port_is_free(port), "the services have ended with what started them"
