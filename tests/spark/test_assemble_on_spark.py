"""Assembly by Spark gives the tables that assembly by threads gives, and goes on where either stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from arriving_traces import arrivals
from assembled_content import Content, accounts, content
from otlp_lines import mixed_lines
from pyspark.sql import SparkSession

from jobs.assemble_traces import main
from warehouse.lake.ingest import ingest
from warehouse.lake.lock import assembly_lock
from warehouse.spark.assembly import assemble
from warehouse.traces.assemble import assemble as assemble_here

pytestmark = [pytest.mark.slow, pytest.mark.spark]
UNIT_ROWS = 150
MADE = arrivals(23, 300)
HALF = len(MADE.spans) // 2
DIE = f"""
import os, signal, sys
import warehouse.traces.assemble as module
module.save_changes = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
module.assemble(sys.argv[1], settle=True, unit_rows={UNIT_ROWS})
"""


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half of the spans assembled, the rest landed, among them late copies, and two other signals."""
    folder = tmp_path_factory.mktemp("landed")
    for name, run in (("first", (0, HALF)), ("second", (HALF - 40, None))):
        (folder / name).write_text(MADE.lines(*run) + mixed_lines(HALF, 60))
    ingest([folder / "first"], folder / "lake")
    assemble_here(folder / "lake", settle=True, unit_rows=UNIT_ROWS)
    ingest([folder / "second"], folder / "lake")
    return folder / "lake"


@pytest.fixture(scope="module")
def by_threads(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    lake = Path(shutil.copytree(landed, tmp_path_factory.mktemp("threads") / "lake"))
    assemble_here(lake, settle=True, unit_rows=UNIT_ROWS)
    return content(lake)


@pytest.fixture
def lake(landed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(landed, tmp_path / "lake"))


def test_many_units_give_equal_tables(spark: SparkSession, lake: Path, by_threads: Content) -> None:
    done = assemble(spark, lake, settle=True, unit_rows=UNIT_ROWS)
    assert done.spans > 3 * UNIT_ROWS
    assert content(lake) == by_threads
    found, held = accounts(lake)
    assert found == held
    again = assemble(spark, lake, settle=True, unit_rows=UNIT_ROWS)
    assert (again.assembly_id, again.waiting) == (None, 0)


def test_the_job_and_a_single_unit(
    spark: SparkSession, lake: Path, by_threads: Content, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lake", str(lake), "--settle", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["assembly_id"] == 2
    assert content(lake) == by_threads
    assert main(["--lake", str(lake)]) == 0
    assert capsys.readouterr().out == "Nothing new to assemble.\n"


def test_what_threads_left_unfinished_is_completed(
    spark: SparkSession, lake: Path, by_threads: Content
) -> None:
    """Killed before its changes were recorded, with half of its units done."""
    command = [sys.executable, "-c", DIE, str(lake)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    units = sorted((lake / "_assembly" / "2").glob("unit-*[0-9].json"))
    assert len(units) > 3
    for unit in units[::2]:
        unit.unlink()
    assemble(spark, lake, settle=True)
    assert content(lake) == by_threads


def test_refusals_are_sentences(
    spark: SparkSession, lake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with assembly_lock(lake):
        assert main(["--lake", str(lake)]) == 3
    assert "Another assemble is working on" in capsys.readouterr().err
    assert main(["--lake", str(tmp_path / "nowhere")]) == 3
    assert "There is no lake at" in capsys.readouterr().err


def test_the_verb_submits_the_job(
    spark_environment: dict[str, str], lake: Path, by_threads: Content, tmp_path: Path
) -> None:
    verb = [sys.executable, "-m", "warehouse.cli.main", "assemble", "--settle", "--engine", "spark"]
    done = subprocess.run(
        [*verb, "--master", "local[2]", "--lake", os.path.relpath(lake, tmp_path), "--json"],
        cwd=tmp_path,
        env=spark_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["assembly_id"] == 2
    assert content(lake) == by_threads


def test_a_failing_job_is_a_sentence_of_the_verb(spark_environment: dict[str, str], tmp_path: Path) -> None:
    verb = [sys.executable, "-m", "warehouse.cli.main", "assemble", "--engine", "spark", "--lake", "nowhere"]
    done = subprocess.run(
        [*verb, "--master", "local[1]"],
        cwd=tmp_path,
        env=spark_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1].startswith("There is no lake at ")
