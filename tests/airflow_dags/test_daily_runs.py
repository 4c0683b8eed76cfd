"""`airflow dags test` on real files: a backfill of five days equals one batch, on either engine."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import subprocess
from pathlib import Path

import pytest
from airflow_under_test import BIN, Airflow, served_content, variables

from warehouse.lake.ingest import ingest
from warehouse.runs import last_runs
from warehouse.serve.build import build
from warehouse.spark.installation import spark_home

pytestmark = pytest.mark.surfaces


@pytest.fixture(scope="module")
def backfilled(
    airflow: Airflow, exports: Path, days: list[dt.date], tmp_path_factory: pytest.TempPathFactory
):
    """A warehouse that `otlp_backfill` made of all days."""
    folder = tmp_path_factory.mktemp("backfilled")
    conf = json.dumps({"first_day": str(days[0]), "last_day": str(days[-1])})
    done = airflow.run("dags", "test", "otlp_backfill", "--conf", conf, **variables(folder, exports))
    assert done.returncode == 0, done.stdout[-3000:]
    assert set(airflow.last_states("otlp_backfill").values()) == {"success"}
    return folder


def test_a_backfill_equals_one_batch(backfilled: Path, batch: Path) -> None:
    content = served_content(backfilled / "warehouse.duckdb")
    assert content["main.fct_spans"][0] > 1000
    assert content == served_content(batch)
    assert "<html" in (backfilled / "report.html").read_text(encoding="utf-8")


def test_the_stages_on_spark_equal_those_without(
    airflow: Airflow, exports: Path, days: list[dt.date], tmp_path: Path
) -> None:
    """The first day by spark-submit, tidied by it too, and the same day by the toolkit alone."""
    env = variables(tmp_path, exports) | {
        "OTLP_WAREHOUSE_ENGINE": "spark",
        "SPARK_CONF_DIR": str(spark_home() / "conf"),
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[2]"}),
    }
    for arguments in (["otlp_daily", str(days[0])], ["otlp_maintenance"]):
        done = airflow.run("dags", "test", *arguments, **env)
        assert done.returncode == 0, done.stdout[-3000:]
        assert "spark-submit" in done.stdout
    noted = {run.verb: run.outcome for run in last_runs(tmp_path / "warehouse.duckdb")}
    assert {"ingest", "assemble", "build", "publish", "report", "maintain_lake.py", "vacuum"} <= set(noted)
    assert set(noted.values()) == {"done"}
    ingest([exports / f"*-{days[0]}.jsonl"], tmp_path / "here")
    build(tmp_path / "here", tmp_path / "here.duckdb")
    assert served_content(tmp_path / "warehouse.duckdb") == served_content(tmp_path / "here.duckdb")


def test_maintenance_leaves_what_is_served(airflow: Airflow, exports: Path, backfilled: Path) -> None:
    before = served_content(backfilled / "warehouse.duckdb")
    done = airflow.run("dags", "test", "otlp_maintenance", **variables(backfilled, exports))
    assert done.returncode == 0, done.stdout[-3000:]
    assert served_content(backfilled / "warehouse.duckdb") == before


def test_a_day_again_while_another_build_runs(
    airflow: Airflow, exports: Path, days: list[dt.date], backfilled: Path
) -> None:
    """The task says what it waits for, tries again, and the run comes out right."""
    served = backfilled / "warehouse.duckdb"
    before = served_content(served)
    with (backfilled / ".warehouse.duckdb.build" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [BIN / "airflow", "dags", "test", "otlp_daily", str(days[2])],
            env=airflow.env | variables(backfilled, exports),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if "Another build of" in line:
                fcntl.flock(lock, fcntl.LOCK_UN)
        assert process.wait() == 0, "".join(said)[-3000:]
    assert any(f"Another build of {served} is running: wait until it is done" in line for line in said)
    assert set(airflow.last_states("otlp_daily").values()) == {"success"}
    assert served_content(served) == before
