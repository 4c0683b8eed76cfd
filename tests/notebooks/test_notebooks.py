"""Every notebook runs, and the walk-through of an incident finds the one that is planted.

`OTLP_TEST_PICTURES=docs/images` renews the picture of the README.
"""

from __future__ import annotations

import ast
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from nbformat import NotebookNode

from notebooks.execute import NOTEBOOKS, execute, main, page
from warehouse.demo.drawing import incident_on
from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.serve.build import build
from warehouse.spark.installation import install, spark_home

SEED, LAST = 20261120, dt.date(2026, 11, 17)
INCIDENT = incident_on(dt.date(2026, 11, 16), SEED)


@dataclass(frozen=True)
class Published:
    lake: Path
    warehouse: Path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    root = tmp_path_factory.mktemp("notebooks")
    files = write_history(root / "exports", days=3, seed=SEED, spans_per_day=30_000, end_date=LAST)
    ingest(files, root / "lake")
    build(root / "lake", root / "warehouse.duckdb")
    install(spark_home())
    return Published(root / "lake", root / "warehouse.duckdb")


def _shown(executed: NotebookNode) -> list[str]:
    """What cells end with, as text."""
    return [
        output.data["text/plain"]
        for cell in executed.cells
        for output in cell.get("outputs", ())
        if "data" in output and "text/plain" in output.data
    ]


def _first_chart(executed: NotebookNode) -> str:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", ()) if "data" in output]
    return next(output.data["image/svg+xml"] for output in outputs if "image/svg+xml" in output.data)


@pytest.mark.surfaces
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(
    notebook: Path, published: Published, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    executed = execute(notebook, published.warehouse, published.lake)
    assert "IPKernelApp" not in capfd.readouterr().err
    shown = _shown(executed)
    assert shown
    html = page(executed)
    assert "http-equiv" not in html and 'src="http' not in html
    assert "...</td>" not in html and "NaN</td>" not in html, "cells are shown whole"
    assert "_nano</th>" not in html, "people read milliseconds"
    if notebook.stem.startswith("03"):
        _is_the_planted_incident(ast.literal_eval(shown[-1]), published)
        picture = Path(os.environ.get("OTLP_TEST_PICTURES", tmp_path)) / "notebook-incident.svg"
        picture.write_text(_first_chart(executed), encoding="utf-8")
        assert 5_000 < picture.stat().st_size < 100_000
    if notebook.stem.startswith("05"):
        assert "'equal': True" in "".join(shown)


def _is_the_planted_incident(finding: dict[str, str], published: Published) -> None:
    assert INCIDENT is not None
    assert finding["service"] == INCIDENT.service
    hour = dt.datetime.fromisoformat(finding["hour"]).replace(tzinfo=dt.UTC).timestamp() * 1e9
    assert INCIDENT.start_nano - 3.6e12 < hour < INCIDENT.end_nano
    with duckdb.connect(str(published.warehouse), read_only=True) as con:
        failed = con.execute(
            "select count(*) from fct_exceptions inner join dim_operation using (operation_key) "
            "where trace_id = $1 and span_name = $2 and dim_operation.service_name = $3",
            [finding["trace_id"], finding["operation"], INCIDENT.service],
        ).fetchone()
        logged = con.execute(
            "select count(*) from fct_log_records where trace_id = $1 and body = $2 "
            "and severity_text = 'ERROR'",
            [finding["trace_id"], finding["log_line"]],
        ).fetchone()
    assert failed is not None and failed[0] > 0
    assert logged is not None and logged[0] > 0


def test_no_warehouse_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--warehouse", str(tmp_path / "none.duckdb"), "--out", str(tmp_path / "out")]) == 3
    assert "run `otlp-warehouse build` first" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
