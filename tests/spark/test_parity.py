"""The command line and Spark make identical tables: 5 million spans by `make soak`, a hundredth elsewhere."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cli import run
from lake_content import content
from otlp_lines import mixed_lines, trace_line
from pyspark.sql import SparkSession
from scale import SCALE

from jobs import assemble_traces, ingest_otlp
from warehouse.demo.history import write_history

pytestmark = [pytest.mark.slow, pytest.mark.spark]
SPANS = int(5_000_000 * SCALE)
DAYS = 3


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three signals over three days, copies of lines, a broken line, and a file that ends within a line."""
    folder = tmp_path_factory.mktemp("generated")
    write_history(folder, days=DAYS, seed=5, spans_per_day=SPANS // DAYS, end_date=dt.date(2026, 11, 20))
    lines = mixed_lines(0, 60)
    (folder / "torn.jsonl").write_text(lines + lines[: len(lines) // 2] + '{"broken"\n' + trace_line(61)[:80])
    return folder


@pytest.fixture
def corpus() -> Path:
    return Path(__file__).parents[1] / "data"


def _by_cli(verb: str, *arguments: object) -> dict[str, Any]:
    done = run(verb, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(("source", "least"), [("generated", SPANS * 9 // 10), ("corpus", 1_000)])
def test_ingest_and_assembly_make_identical_tables(
    spark: SparkSession,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    source: str,
    least: int,
) -> None:
    files = str(request.getfixturevalue(source))
    here, there = tmp_path / "here", tmp_path / "there"
    rows: dict[str, tuple[int, int]] = {}
    for verb, job, given in (
        ("ingest", ingest_otlp.main, [files]),
        ("assemble", assemble_traces.main, ["--settle"]),
    ):
        told = _by_cli(verb, *given, "--lake", here)
        assert job([*given, "--lake", str(there), "--json"]) == 0
        of_spark = json.loads(capsys.readouterr().out)
        assert of_spark | {"seconds": 0} == told | {"seconds": 0}
        rows = content(here)
        assert content(there) == rows
    assert rows["spans"][0] >= least
    assert rows["rejects"][0] >= 1
    assert not list(there.glob("_batches/*"))
