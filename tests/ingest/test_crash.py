"""Ingest killed at any moment: readers see whole batches only, and running again gives the same tables."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from killing import killed_at_commit
from lake_rows import Rows, counts, visible_rows
from older_release import without_bad_ids
from otlp_lines import mixed_lines, trace_line

from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.lake.replay import replay
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import INGEST_TABLES, LEDGER, open_table
from warehouse.otlp.content import BLOCK_BYTES

RUN = """
import sys
from warehouse.lake.ingest import ingest
print("ready", flush=True)
ingest([sys.argv[1]], sys.argv[2], split_bytes=int(sys.argv[3]), workers=2)
"""
KILL_AT_COMMIT = killed_at_commit(
    "warehouse.lake.batch_run",
    "from warehouse.lake.ingest import ingest\n"
    "ingest([sys.argv[1]], sys.argv[2], split_bytes=int(sys.argv[3]), workers=2)",
)
KILLS = 20


def _command(code: str, source: Path, lake: Path, *more: str) -> list[str]:
    return [sys.executable, "-c", code, str(source), str(lake), str(BLOCK_BYTES), *more]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    for n in range(3):
        (folder / f"big-{n}").write_text(mixed_lines(n * 10_000, 1_500, padding=3_000))
    (folder / "small").write_text(mixed_lines(90_000, 30) + "broken\n" + trace_line(99_999)[:50])
    return folder


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Rows], float]:
    """Rows of a lake whose ingest nobody killed, and the seconds that the run took."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    with subprocess.Popen(_command(RUN, source, lake), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = time.monotonic()
        assert process.wait() == 0
    return visible_rows(lake), time.monotonic() - started


class Reader(threading.Thread):
    """Looks at the lake all the time and keeps every distinct set of row counts that it saw."""

    def __init__(self, lake: Path) -> None:
        super().__init__()
        self.lake, self.seen, self.is_over = lake, set[tuple[int, ...]](), threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                tables = snapshot(self.lake)
                self.seen.add(tuple(tables[name].count() for name in (*INGEST_TABLES, LEDGER)))
            except WarehouseError:
                pass  # the lake's tables do not all exist yet
            except Exception as error:
                self.error = error
            time.sleep(0.002)

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.join()

    def __enter__(self) -> Reader:
        self.start()
        return self


def _kill_after(command: list[str], seconds: float) -> int:
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        return process.wait()


@pytest.mark.slow
def test_killed_at_random_moments(
    source: Path, undisturbed: tuple[dict[str, Rows], float], tmp_path: Path
) -> None:
    seed = random.randrange(1_000_000)
    print("seed", seed)
    rng, (expected, seconds) = random.Random(seed), undisturbed
    nothing = (0,) * len(expected)
    whole = tuple(len(expected[name]) for name in (*INGEST_TABLES, LEDGER))
    killed = attempts = 0
    while killed < KILLS:
        attempts += 1
        assert attempts < 3 * KILLS, "too few runs were killed before their end"
        lake = tmp_path / f"lake-{attempts}"
        with Reader(lake) as reader:
            delay = rng.uniform(0, seconds)
            if _kill_after(_command(RUN, source, lake), delay) == -signal.SIGKILL:
                killed += 1
            else:
                seconds = delay  # the undisturbed run took longer, on a busier machine
            ingest([source], lake, split_bytes=BLOCK_BYTES, workers=2)
        assert reader.error is None, f"killed after {delay:.3f} s: {reader.error!r}"
        assert reader.seen <= {nothing, whole}, f"half a batch was visible, killed after {delay:.3f} s"
        assert visible_rows(lake) == expected, f"killed after {delay:.3f} s"
        assert not list((lake / "_batches").glob("*"))


CRASHES = [
    ("spans_landing", "before"),
    ("spans_landing", "after"),
    ("number_points", "after"),
    ("resources", "before"),
    ("resources", "after"),
    ("rejects", "after"),
    (LEDGER, "before"),
    (LEDGER, "after"),
]


@pytest.mark.parametrize(("table", "when"), CRASHES)
def test_killed_between_commits(
    source: Path, undisturbed: tuple[dict[str, Rows], float], tmp_path: Path, table: str, when: str
) -> None:
    lake, expected = tmp_path / "lake", undisturbed[0]
    died = subprocess.run(_command(KILL_AT_COMMIT, source, lake, table, when), check=False)
    assert died.returncode == -signal.SIGKILL
    is_complete = (table, when) == (LEDGER, "after")
    assert all(counts(lake).values()) if is_complete else not any(counts(lake).values())
    result = ingest([source], lake)
    assert result.batch_id == (None if is_complete else 1)
    assert visible_rows(lake) == expected
    versions = {name: open_table(lake, name).version() for name in expected}
    assert set(versions.values()) == {1}, "each table was committed once"
    assert not list((lake / "_batches").glob("*")), "nothing of the batch is left over"


def test_an_unfinished_batch_is_completed_as_planned_before_new_files_are_read(
    source: Path, undisturbed: tuple[dict[str, Rows], float], tmp_path: Path
) -> None:
    lake, more = tmp_path / "lake", tmp_path / "more"
    died = subprocess.run(_command(KILL_AT_COMMIT, source, lake, "number_points", "after"), check=False)
    assert died.returncode == -signal.SIGKILL
    more.write_text(trace_line(500_000))
    result = ingest([more], lake)
    assert (result.batch_id, result.files) == (2, 5)
    rows = visible_rows(lake)
    assert len(rows["spans_landing"]) == len(undisturbed[0]["spans_landing"]) + 3
    assert len(rows[LEDGER]) == 5


def test_a_batch_half_committed_leaves_the_one_before_visible(source: Path, tmp_path: Path) -> None:
    lake, first = tmp_path / "lake", tmp_path / "first"
    first.write_text(mixed_lines(700_000, 30))
    ingest([first], lake)
    before = visible_rows(lake)
    died = subprocess.run(_command(KILL_AT_COMMIT, source, lake, LEDGER, "before"), check=False)
    assert died.returncode == -signal.SIGKILL
    assert visible_rows(lake) == before


KILL_REPLAY = killed_at_commit(
    "warehouse.lake.batch_run", "from warehouse.lake.replay import replay\nreplay(sys.argv[1])"
)


@pytest.mark.parametrize(
    ("table", "when"),
    [("spans_landing", "after"), ("rejects", "after"), (LEDGER, "before"), (LEDGER, "after")],
)
@pytest.mark.parametrize("go_on", ["replay", "ingest"])
def test_a_replay_killed_between_commits(table: str, when: str, go_on: str, tmp_path: Path) -> None:
    source, lake, other = tmp_path / "source", tmp_path / "lake", tmp_path / "other"
    bad = trace_line(90).replace('"spanId":"', '"spanId":"badbad').replace("badbad000000", "badbad")
    source.write_text(mixed_lines(0, 30) + "no json\n" + bad)
    with without_bad_ids():
        for folder in (lake, other):
            ingest([source], folder)
    before = visible_rows(lake)
    assert len(before["rejects"]) == 1 + 3
    replay(other)
    command = [sys.executable, "-c", KILL_REPLAY, str(lake), table, when]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    is_complete = (table, when) == (LEDGER, "after")
    assert visible_rows(lake) == (visible_rows(other) if is_complete else before)
    if go_on == "replay":
        replay(lake)
    else:
        ingest([source], lake)
    assert visible_rows(lake) == visible_rows(other)
    assert len(visible_rows(lake)["rejects"]) == 1
    assert not list((lake / "_batches").glob("*"))
    assert replay(lake).batch_id is None
