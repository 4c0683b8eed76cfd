"""Ingest by Spark gives the lake that ingest by threads gives, and fails with the same sentences."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pyspark
import pytest
from lake_content import content
from lake_rows import column
from otlp_lines import mixed_lines, trace_line
from pyspark.sql import SparkSession
from test_crash import KILL_AT_COMMIT

from jobs.ingest_otlp import main
from warehouse.demo.history import write_history
from warehouse.errors import WarehouseError
from warehouse.lake.creation import create_missing
from warehouse.lake.ingest import ingest as ingest_here
from warehouse.lake.lock import ingest_lock
from warehouse.lake.snapshot import snapshot
from warehouse.otlp.content import BLOCK_BYTES
from warehouse.otlp.convert import Batch
from warehouse.otlp.splits import Split
from warehouse.runs import last_runs
from warehouse.spark.conversion import on_executors
from warehouse.spark.ingest import ingest
from warehouse.traces.assemble import assemble

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 MB of three signals over three days, with a file that ends within a line."""
    folder = tmp_path_factory.mktemp("history")
    write_history(folder, days=3, seed=5, spans_per_day=6_000, end_date=dt.date(2026, 11, 20))
    (folder / "torn.jsonl").write_text(mixed_lines(0, 60) + '{"broken"\n' + trace_line(61)[:80])
    return folder


@pytest.fixture(scope="module")
def by_threads(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("threads") / "lake"
    ingest_here([history], lake)
    return lake


def test_a_batch_left_by_a_killed_run_is_completed(
    spark: SparkSession, history: Path, by_threads: Path, tmp_path: Path
) -> None:
    """Killed before its ledger was written, in which half the splits' results stand."""
    lake = tmp_path / "lake"
    arguments = [str(history), str(lake), str(BLOCK_BYTES), "number_points", "after"]
    died = subprocess.run([sys.executable, "-c", KILL_AT_COMMIT, *arguments], check=False)
    assert died.returncode == -signal.SIGKILL
    for result in sorted((lake / "_batches" / "1").glob("split-*.json"))[::2]:
        result.unlink()
    done = ingest(spark, [], lake)
    assert (done.batch_id, done.files) == (1, 10)
    assert content(lake) == content(by_threads)


def test_an_unreadable_split_is_rejected_and_the_batch_kept(spark: SparkSession, tmp_path: Path) -> None:
    """A planned file is gone when the executors come to it."""
    lake, source = tmp_path / "lake", tmp_path / "source"
    source.mkdir()
    (source / "stays").write_text(trace_line(1))
    (source / "goes").write_text(trace_line(2))
    arguments = [str(source), str(lake), str(BLOCK_BYTES), "spans_landing", "before"]
    subprocess.run([sys.executable, "-c", KILL_AT_COMMIT, *arguments], check=False)
    for result in (lake / "_batches" / "1").glob("split-*.json"):
        result.unlink()
    (source / "goes").unlink()
    done = ingest(spark, [], lake)
    assert (done.batch_id, done.rows["spans_landing"], done.rejects) == (1, 3, 1)
    assert column(lake, "rejects", "reason", "path") == [("unreadable", str(source / "goes"))]


def test_a_lake_that_executors_cannot_see(spark: SparkSession, tmp_path: Path) -> None:
    executor = on_executors(spark)
    batch = Batch(tmp_path / "elsewhere", tmp_path / "elsewhere" / "_batches" / "1", 1, 0)
    with pytest.raises(WarehouseError, match=r"executors cannot see the lake .*elsewhere: put it where"):
        list(executor([Split(0, ())], batch))


def test_a_disk_that_executors_cannot_write(spark: SparkSession, tmp_path: Path) -> None:
    lake, source = tmp_path / "lake", tmp_path / "source"
    source.write_text(trace_line(1))
    create_missing(lake)
    (lake / "spans_landing" / "event_date=2025-11-23").touch()  # a file where a folder belongs
    with pytest.raises(
        WarehouseError, match=r"The Spark job failed \(FileExistsError: .*event_date=2025-11-23"
    ):
        ingest(spark, [source], lake)
    assert snapshot(lake)["spans_landing"].file_uris() == []


def test_two_drivers_on_one_lake(spark: SparkSession, tmp_path: Path) -> None:
    lake, source = tmp_path / "lake", tmp_path / "source"
    source.write_text(trace_line(1))
    lake.mkdir()
    with ingest_lock(lake), pytest.raises(WarehouseError, match="Another ingest is writing to"):
        ingest(spark, [source], lake)
    assert ingest(spark, [source], lake).rows["spans_landing"] == 3


def test_the_job_and_the_verb_have_the_same_doors(
    spark_environment: dict[str, str], history: Path, by_threads: Path, tmp_path: Path
) -> None:
    submit = [str(Path(pyspark.__file__).parent / "bin" / "spark-submit"), "--master", "local[2]"]
    job = str(ROOT / "jobs" / "ingest_otlp.py")
    verb = [sys.executable, "-m", "warehouse.cli.main", "ingest", "--engine", "spark", "--master", "local[2]"]

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env=spark_environment, capture_output=True, text=True, check=False
        )

    places = ["--lake", "lake", "--warehouse", "served.duckdb"]
    done = run(*submit, job, "--source", str(history), *places, "--json")
    assert done.returncode == 0, done.stderr
    assert content(tmp_path / "lake") == content(by_threads)
    told = json.loads(done.stdout)
    assert (told["batch_id"], told["files"], told["rejects"]) == (1, 10, 1)
    (tmp_path / "more").write_text(trace_line(1))
    again = run(*verb, str(history), "more", *places, "--telemetry", "own.jsonl", "--json")
    assert again.returncode == 0, again.stderr
    assert (json.loads(again.stdout)["skipped"], json.loads(again.stdout)["files"]) == (10, 1)
    _is_one_trace_with_tasks(tmp_path / "own.jsonl", tmp_path / "own")
    last = [(noted.verb, noted.rows) for noted in last_runs(tmp_path / "served.duckdb")]
    assert last == [("ingest", sum(json.loads(again.stdout)["rows"].values()))]
    log = (tmp_path / ".served.duckdb.runs.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["rows"] for line in log] == [sum(told["rows"].values()), last[0][1]]


def _is_one_trace_with_tasks(own: Path, lake: Path) -> None:
    """The verb, below it the job, below that the phases and each split's task; executors tell no metrics."""
    assert ingest_here([own], lake).rejects == 0
    assert assemble(lake).traces == 1
    files = snapshot(lake)["spans"].file_uris()
    found = duckdb.sql(f"select name, depth, is_orphan from read_parquet({files!r}) order by depth, name")
    assert found.fetchall() == [
        ("otlp-warehouse ingest", 0, False),
        ("otlp-warehouse ingest", 1, False),
        ("commit", 2, False),
        ("plan", 2, False),
        ("task", 2, False),
        ("convert", 3, False),
    ]


def test_failures_of_the_job_are_sentences(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nowhere", "--lake", str(tmp_path / "lake")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "nowhere" in told.err
    with pytest.raises(SystemExit, match="2"):
        main(["--no-such-option"])
    with pytest.raises(SystemExit, match="2"):
        main([])


def test_without_java_or_pyspark_one_sentence(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text(trace_line(1))
    command = [sys.executable, "-m", "warehouse.cli.main", "ingest", str(source), "--engine", "spark"]
    bare = {"PYTHONPATH": str(ROOT), "PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "Java is missing: install Java 17, or set JAVA_HOME.\n")
    elsewhere = bare | {"SPARK_HOME": str(tmp_path / "spark")}
    done = subprocess.run(command, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.endswith("does not exist: set SPARK_HOME to the folder that holds Spark.\n")
