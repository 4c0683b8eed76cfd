"""One `dbt build` with every data test and unit test for all tests of the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from dbt_under_test import DbtBuild

from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.serve.project import project_dir
from warehouse.traces.assemble import assemble

sys.path.insert(0, str(Path(__file__).parents[1] / "serve"))

from small_lake import small_rows, write_lake


@pytest.fixture(scope="session")
def dbt_build(tmp_path_factory: pytest.TempPathFactory) -> DbtBuild:
    root = tmp_path_factory.mktemp("dbt")
    lake = write_lake(root / "lake", small_rows())
    assemble(lake, settle=True)
    with duckdb.connect(str(root / "build.duckdb")) as con:
        lake_views.create(con, lake, snapshot(lake))
    project, target = str(project_dir()), root / "target"
    folders = [f"--project-dir={project}", f"--profiles-dir={project}", f"--target-path={target}"]
    subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "build", *folders],
        env=os.environ | {"OTLP_WAREHOUSE_BUILD_FILE": str(root / "build.duckdb"), "DBT_LOG_PATH": str(root)},
        check=False,
    )
    results = json.loads((target / "run_results.json").read_text())["results"]
    return DbtBuild(
        json.loads((target / "manifest.json").read_text()),
        {r["unique_id"]: (r["status"], r["message"]) for r in results},
        json.loads((target / "semantic_manifest.json").read_text()),
        root / "build.duckdb",
    )
