"""The DAG files load, quickly, and declare what an unattended run needs."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow_under_test import BIN, DAGS, Airflow

pytestmark = pytest.mark.surfaces

STAGES = ["plan", "ingest", "assemble", "dbt_build", "checks", "publish", "report"]
TASKS = {
    "otlp_daily": STAGES,
    "otlp_backfill": ["plan", "days", *STAGES[1:]],
    "otlp_maintenance": ["plan", "optimize", "vacuum", "checks"],
}
HEAVY = {"warehouse", "duckdb", "deltalake", "pyspark", "dbt", "great_expectations"}


def report(airflow: Airflow, folder: Path = DAGS, **env: str) -> dict[str, Any]:
    command = [BIN / "python", Path(__file__).with_name("bag_report.py"), folder]
    done = subprocess.run(
        command, env=airflow.env | env, capture_output=True, text=True, timeout=200, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def assert_all_load(found: dict[str, Any]) -> None:
    assert found["errors"] == []
    assert {name: list(dag["tasks"]) for name, dag in found["dags"].items()} == TASKS


def test_every_dag_loads_and_nothing_heavy_with_it(airflow: Airflow) -> None:
    found = report(airflow)
    assert_all_load(found)
    assert not HEAVY & set(found["loaded"])


def test_an_empty_or_broken_bag_is_noticed(airflow: Airflow, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        assert_all_load(report(airflow, tmp_path))
    found = report(airflow, OTLP_WAREHOUSE_ENGINE="quantum")
    assert found["dags"] == {}
    assert all("OTLP_WAREHOUSE_ENGINE is 'quantum': set it to local or spark." in e for e in found["errors"])


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_every_task_is_retried_ends_and_writes_alone(airflow: Airflow, engine: str) -> None:
    found = report(airflow, OTLP_WAREHOUSE_ENGINE=engine)
    assert_all_load(found)
    for name, dag in found["dags"].items():
        assert (dag["max_active_runs"], dag["catchup"]) == (1, False)
        for task_id, task in dag["tasks"].items():
            told = f"{name}.{task_id}"
            assert task["retries"] >= 2 and task["is_backing_off"], told
            assert 0 < task["timeout"] <= 6 * 3600, told
            reads_only = task_id in ("plan", "days", "report")
            assert task["pool"] == ("default_pool" if reads_only else "otlp_warehouse"), told
            by_spark = engine == "spark" and task_id in ("ingest", "assemble", "optimize")
            assert task_id in ("plan", "days") or task["operator"] == (
                "SparkSubmitOperator" if by_spark else "ToolkitOperator"
            ), told
    for name in ("otlp_daily", "otlp_backfill"):
        tasks = found["dags"][name]["tasks"]
        assert [t for t in tasks if tasks[t]["outlets"]] == ["publish"]
        assert tasks["publish"]["outlets"] == ["otlp_warehouse_published"]
        for before, after in pairwise(STAGES):
            assert name == "otlp_backfill" or tasks[after]["after"] == [before]


def test_catching_up_begins_where_it_is_told(airflow: Airflow) -> None:
    assert report(airflow, OTLP_WAREHOUSE_CATCHUP_FROM="2026-11-01")["dags"]["otlp_daily"]["catchup"] is True
