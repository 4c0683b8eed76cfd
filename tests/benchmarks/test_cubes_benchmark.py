"""The benchmark of the cubes measures every model once; a dense day is one date."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from deltalake import DeltaTable

from benchmarks.cube_data import dense_lake

ROOT = Path(__file__).parents[2]


def test_every_model_is_measured_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.cubes", "--json", "--rounds=1", "--spans=300", "--dense"]
    done = subprocess.run([*command, f"--folder={tmp_path}"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    ((name, found),) = json.loads(done.stdout)["lakes"].items()
    assert name == "sparse" and found["spans"] > 800
    models = {file.stem for file in (ROOT / "dbt" / "models").rglob("*.sql")}
    cubes = {file.stem for file in (ROOT / "dbt" / "models" / "marts" / "cubes").glob("*.sql")}
    assert set(found["cubes"]) | set(found["others"]) == models
    assert cubes <= set(found["cubes"]) and not set(found["cubes"]) & set(found["others"])
    seconds = [*found["cubes"].values(), *found["others"].values()]
    assert min(seconds) > 0
    assert found["spans_per_second"]["all models"] == found["spans"] / sum(seconds)


def test_a_dense_day_has_spans_of_several_seeds(tmp_path: Path) -> None:
    spans = DeltaTable(dense_lake(tmp_path, 600, batch=300) / "spans")
    assert [part["event_date"] for part in spans.partitions()] == ["2026-11-18"]
    assert 300 < spans.count() < 900
