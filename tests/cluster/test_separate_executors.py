"""Jobs on executors of their own: killed, failing and doubled attempts change nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from assembled_content import content as assembled
from lake_content import content
from standalone import Cluster

from warehouse.demo.history import write_history
from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.traces.assemble import assemble

pytestmark = pytest.mark.surfaces
SPECULATION = (
    "spark.speculation=true",
    "spark.speculation.interval=100ms",
    "spark.speculation.multiplier=1.0",
    "spark.speculation.quantile=0.1",
    "spark.speculation.minTaskRuntime=1ms",
)
_SECONDS = 240


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    write_history(folder, days=3, seed=31, spans_per_day=15_000, end_date=dt.date(2026, 11, 20))
    return folder


@pytest.fixture(scope="module")
def by_threads(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("threads") / "lake"
    ingest([history], lake)
    return lake


def _ended(job: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    out, err = job.communicate(timeout=_SECONDS)
    assert job.returncode == code, (out + err)[-3000:]
    return out, err


def _awaited(path: Path, pattern: str, job: subprocess.Popen[str], least: int = 1) -> None:
    deadline = time.monotonic() + _SECONDS
    while len(list(path.glob(pattern))) < least:
        assert job.poll() is None, job.communicate()[1][-3000:]
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Disturber(threading.Thread):
    """Lets a task of a running job fail after it wrote, kills an executor, watches what readers see."""

    def __init__(self, cluster: Cluster, lake: Path, job: subprocess.Popen[str]) -> None:
        super().__init__()
        self.cluster, self.lake, self.job = cluster, lake, job
        self.seen: set[int] = set()
        self.killed = self.failed = 0
        self.refusal = ""

    def run(self) -> None:
        batch = self.lake / "_batches" / "1"
        _awaited(batch, "plan.json", self.job)
        last = len(json.loads((batch / "plan.json").read_text())["splits"]) - 1
        # A folder where the result belongs: the attempt fails when all its files are written.
        (batch / f"split-{last}.json").mkdir()
        _awaited(batch, "split-*.json", self.job, 4)
        try:
            ingest([], self.lake)
        except WarehouseError as error:
            self.refusal = error.message
        os.kill(self.cluster.executors()[0], signal.SIGKILL)
        self.killed += 1
        while self.job.poll() is None:
            table = snapshot(self.lake)["spans_landing"]
            self.seen.add(table.count())
            # Attempts write files of their own. Two of a task may run at a time: of three one has failed.
            written = self.lake.glob(f"*/event_date=*/part-000001-{last:05d}-*")
            if not self.failed and len({file.name.split("-")[3] for file in written}) > 2:
                (batch / f"split-{last}.json").rmdir()
                self.failed += 1
            time.sleep(0.02)


def test_killed_failing_and_doubled_attempts_change_nothing(
    cluster: Cluster, python: Path, package: Path, history: Path, by_threads: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    arguments = ["--source", str(history), "--lake", str(lake), "--workers", "16", "--json"]
    job = cluster.submit("ingest_otlp", *arguments, python=python, archive=package, conf=SPECULATION)
    disturber = Disturber(cluster, lake, job)
    disturber.start()
    out, _ = _ended(job)
    disturber.join()
    assert (disturber.killed, disturber.failed) == (1, 1)
    assert "Another ingest is writing to" in disturber.refusal
    expected = content(by_threads)
    assert disturber.seen <= {0, expected["spans_landing"][0]}
    assert json.loads(out)["rows"]["spans"] == expected["spans_landing"][0]
    assert content(lake) == expected
    written = {str(f) for f in (lake / "spans_landing").rglob("*.parquet")}
    assert written > set(snapshot(lake)["spans_landing"].file_uris()), "failed attempts left files behind"


def test_assembly_on_separate_executors(
    cluster: Cluster, python: Path, package: Path, history: Path, by_threads: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    ingest([history], lake)
    job = cluster.submit(
        "assemble_traces", "--lake", str(lake), "--settle", python=python, archive=package, conf=SPECULATION
    )
    out, _ = _ended(job)
    assert out.startswith("Assembled ")
    assemble(by_threads, settle=True)
    assert assembled(lake) == assembled(by_threads)


def test_executors_without_the_package(cluster: Cluster, python: Path, history: Path, tmp_path: Path) -> None:
    arguments = ["--source", str(history), "--lake", str(tmp_path / "lake")]
    job = cluster.submit("ingest_otlp", *arguments, python=python, archive=None)
    out, _ = _ended(job, 3)  # spark-submit leads both streams of a Python driver to stdout
    assert out.splitlines()[-1].startswith(
        "The executors' Python has no package otlp-warehouse: ship it with the job or install it (see "
    )
    assert content(tmp_path / "lake")["spans_landing"] == (0, 0)


def test_executors_with_another_release(
    cluster: Cluster, python: Path, package: Path, history: Path, tmp_path: Path
) -> None:
    import zipfile

    older = tmp_path / "older.zip"
    with zipfile.ZipFile(package) as given, zipfile.ZipFile(older, "w") as made:
        for name in given.namelist():
            more = b"\n# another release\n" if name == "warehouse/errors.py" else b""
            made.writestr(name, given.read(name) + more)
    job = cluster.submit(
        "ingest_otlp",
        "--source",
        str(history),
        "--lake",
        str(tmp_path / "lake"),
        python=python,
        archive=older,
    )
    out, _ = _ended(job, 3)
    assert out.splitlines()[-1].startswith(
        "The executors run another release of otlp-warehouse than the driver"
    )
