"""Bad input: one clear sentence each, and nothing half-done."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from airflow_under_test import Airflow, sentences, variables

from warehouse.lake.ingest import ingest

pytestmark = pytest.mark.surfaces


def refusal(airflow: Airflow, *arguments: str, **env: str) -> str:
    """The one sentence of a run that failed."""
    done = airflow.run("dags", "test", *arguments, **env)
    assert done.returncode == 1, done.stdout[-3000:]
    (said,) = sentences(done.stdout)
    return said


def test_a_missing_variable(airflow: Airflow, exports: Path, tmp_path: Path) -> None:
    env = variables(tmp_path / "new", exports)
    del env["AIRFLOW_VAR_OTLP_SOURCE"]
    said = refusal(airflow, "otlp_daily", **env)
    assert said.startswith(
        "otlp_daily stopped at plan. Set the Airflow variable otlp_source (where the OTLP files"
    )
    assert not (tmp_path / "new").exists()


def test_a_day_without_data_is_skipped(airflow: Airflow, exports: Path, tmp_path: Path) -> None:
    done = airflow.run("dags", "test", "otlp_daily", "2020-02-29", **variables(tmp_path / "new", exports))
    assert done.returncode == 0
    assert sentences(done.stdout) == [f"No file for 2020-02-29 in {exports}/*-{{date}}.jsonl: nothing to do."]
    assert set(airflow.last_states("otlp_daily").values()) == {"skipped"}
    assert not (tmp_path / "new").exists()


def test_a_day_that_has_not_begun(airflow: Airflow, exports: Path, tmp_path: Path) -> None:
    env = variables(tmp_path / "new", exports)
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    assert f"{tomorrow} has not begun" in refusal(airflow, "otlp_daily", str(tomorrow), **env)
    conf = json.dumps({"first_day": "2026-11-01", "last_day": str(tomorrow)})
    assert f"{tomorrow} has not begun" in refusal(airflow, "otlp_backfill", "--conf", conf, **env)
    assert not (tmp_path / "new").exists()


def test_maintenance_before_anything_is_published(airflow: Airflow, exports: Path, tmp_path: Path) -> None:
    ingest([next(exports.glob("logs-*"))], tmp_path / "lake")
    said = refusal(airflow, "otlp_maintenance", **variables(tmp_path, exports))
    assert said == (
        f"otlp_maintenance stopped at checks. There is no warehouse at {tmp_path}/warehouse.duckdb: "
        "run `otlp-warehouse build` first."
    )


def test_a_lake_that_cannot_be_written(
    airflow: Airflow, exports: Path, days: list[dt.date], tmp_path: Path
) -> None:
    """What the toolkit says is what the task says; a failed stage leaves those behind it alone."""
    (tmp_path / "lake").write_text("no folder")
    said = refusal(airflow, "otlp_daily", str(days[-1]), **variables(tmp_path, exports))
    assert said.startswith("otlp_daily stopped at ingest. ") and str(tmp_path / "lake") in said
    states = airflow.last_states("otlp_daily")
    assert (states["plan"], states["ingest"]) == ("success", "failed")
    assert {states[task] for task in ("assemble", "dbt_build", "checks", "publish", "report")} == {
        "upstream_failed"
    }
    assert {file.name for file in tmp_path.iterdir()} == {"lake", ".warehouse.duckdb.runs.jsonl"}
