"""Assembly killed at any moment: no reader sees half of it, and the next writer or run completes it."""

from __future__ import annotations

import errno
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from arriving_traces import arrivals
from assembled_content import Content, accounts, content
from killing import killed_at_commit

from warehouse.errors import WarehouseError
from warehouse.lake.assembly_commit import ASSEMBLED_TABLES, LANDING_TABLES, last_assembly, save_changes
from warehouse.lake.ingest import ingest
from warehouse.lake.lock import assembly_lock
from warehouse.traces import units
from warehouse.traces.assemble import assemble

KILL_AT_COMMIT = killed_at_commit(
    "warehouse.lake.assembly_commit",
    "from warehouse.traces.assemble import assemble\nassemble(sys.argv[1], settle=True, unit_rows=150)",
)
RUN = """
import sys
from warehouse.traces.assemble import assemble
print("ready", flush=True)
assemble(sys.argv[1], settle=True, unit_rows=150)
"""
MADE = arrivals(7, 120)
HALF = len(MADE.spans) // 2


def _lake(folder: Path) -> Path:
    """A lake with the first half of the spans assembled and the second half landed."""
    for name, run in (("first", (0, HALF)), ("second", (HALF, None))):
        (folder / name).write_text(MADE.lines(*run))
    ingest([folder / "first"], folder / "lake")
    assemble(folder / "lake", settle=True)
    ingest([folder / "second"], folder / "lake")
    return folder / "lake"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Content:
    lake = _lake(tmp_path_factory.mktemp("undisturbed"))
    assemble(lake, settle=True, unit_rows=150)
    return content(lake)


def test_a_unit_that_cannot_be_written_leaves_no_file(
    tmp_path: Path, undisturbed: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = _lake(tmp_path)
    before = {name: sorted((lake / name).rglob("*.parquet")) for name in ASSEMBLED_TABLES}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(units.Workshop, "_rejects", full)  # all other tables are written before
        with pytest.raises(WarehouseError, match="No space left on device"):
            assemble(lake, settle=True, unit_rows=150, workers=1)
    assert {name: sorted((lake / name).rglob("*.parquet")) for name in ASSEMBLED_TABLES} == before
    assemble(lake, settle=True, unit_rows=150)
    assert content(lake) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("spans", "after"),
        ("integrity_violations", "after"),
        ("spans_landing", "after"),
        ("ingest_files", "before"),
    ],
)
@pytest.mark.parametrize("next_writer", ["assemble", "ingest"])
def test_a_kill_between_commits_is_repaired_by_the_next_writer(
    tmp_path: Path, undisturbed: Content, place: str, when: str, next_writer: str
) -> None:
    lake = _lake(tmp_path)
    before = content(lake)
    done = subprocess.run([sys.executable, "-c", KILL_AT_COMMIT, str(lake), place, when], check=False)
    assert done.returncode == -signal.SIGKILL
    assert content(lake) == before
    if next_writer == "ingest":
        (tmp_path / "third").write_text(MADE.lines(0, 1).replace("op-", "other-"))
        ingest([tmp_path / "third"], lake)
    else:
        assemble(lake, settle=True, unit_rows=150)
    assert content(lake) == undisturbed
    found, held = accounts(lake)
    assert found == held


@pytest.mark.slow
def test_kills_at_random_moments_leave_the_old_or_the_new_rows(tmp_path: Path, undisturbed: Content) -> None:
    lake = _lake(tmp_path)
    before = content(lake)
    draw = random.Random(11)
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", RUN, str(lake)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(draw.random() * 0.8)
            process.kill()
        assert content(lake) in (before, undisturbed)
    assemble(lake, settle=True, unit_rows=150)
    assert content(lake) == undisturbed


def test_ingest_during_an_assembly_loses_nothing(tmp_path: Path, undisturbed: Content) -> None:
    lake = _lake(tmp_path)
    extra = arrivals(8, 60)
    errors: list[BaseException] = []

    def keep_ingesting() -> None:
        try:
            for begin in range(0, len(extra.spans), 60):
                (tmp_path / f"extra-{begin}").write_text(extra.lines(begin, begin + 60))
                ingest([tmp_path / f"extra-{begin}"], lake, workers=1)
        except BaseException as error:
            errors.append(error)

    writer = threading.Thread(target=keep_ingesting)
    writer.start()
    while writer.is_alive():
        assemble(lake, settle=True, unit_rows=150)
    writer.join()
    assert not errors
    assemble(lake, settle=True)
    found, held = accounts(lake)
    assert found == held == len(MADE.spans) + len(extra.spans)


def test_an_ingest_may_finish_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, extra = _lake(tmp_path), arrivals(8, 5)
    (tmp_path / "first").write_text(extra.lines(0, 5))
    (tmp_path / "second").write_text(extra.lines(5))
    ingest([tmp_path / "first"], lake)

    def save_and_be_overtaken(*changes: Any) -> None:
        save_changes(*changes)
        ingest([tmp_path / "second"], lake)

    monkeypatch.setattr("warehouse.traces.assemble.save_changes", save_and_be_overtaken)
    done = assemble(lake, settle=True)
    assert (done.assembly_id, done.waiting) == (last_assembly(lake), len(extra.spans) - 5)
    monkeypatch.undo()
    assemble(lake, settle=True)
    found, held = accounts(lake)
    assert found == held == len(MADE.spans) + len(extra.spans)


def test_a_second_assembler_is_refused(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    with assembly_lock(lake), pytest.raises(WarehouseError, match="Another assemble"):
        assemble(lake)


def test_without_a_lake_there_is_nothing_to_assemble(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="There is no lake"):
        assemble(tmp_path / "nothing")


def test_tables_of_one_unit_share_file_names(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    names = {
        table: {p.name for p in (lake / table).rglob("assembled-*.parquet")} for table in ASSEMBLED_TABLES
    }
    assert names["traces"] == names["spans"] >= names["span_events"]
    assert all(not list((lake / table).rglob("assembled-*")) for table in LANDING_TABLES)


def test_a_lake_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "tom's lake 100%"
    folder.mkdir()
    lake = _lake(folder)
    assemble(lake, settle=True)
    found, held = accounts(lake)
    assert found == held == len(MADE.spans)
