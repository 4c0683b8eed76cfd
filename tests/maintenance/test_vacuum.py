"""Vacuum: what nobody needs goes, what a served file, a reader or an unfinished run needs stays."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from killing import killed_at_commit
from otlp_lines import mixed_lines
from test_optimize import OPTIMIZE_AND_DIE
from whole_lake import rows, stored

from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.lake.lock import ingest_lock
from warehouse.lake.optimize import optimize
from warehouse.lake.served_files import remember_served
from warehouse.lake.snapshot import snapshot
from warehouse.lake.vacuum import vacuum
from warehouse.serve import lake_views
from warehouse.serve.pins import pinned_files
from warehouse.traces.assemble import assemble

INGEST_AND_DIE = killed_at_commit(
    "warehouse.lake.batch_run", "from warehouse.lake.ingest import ingest\ningest([sys.argv[1]], sys.argv[2])"
)
ASSEMBLE_AND_DIE = killed_at_commit(
    "warehouse.lake.assembly_commit",
    "from warehouse.traces.assemble import assemble\nassemble(sys.argv[1], settle=True)",
)


def _visible(lake: Path) -> set[str]:
    """Files of the versions that readers see."""
    return {
        str(Path(uri).relative_to(lake)) for table in snapshot(lake).values() for uri in table.file_uris()
    }


def _publish(lake: Path, file: Path) -> list[tuple[object, ...]]:
    """Publish views of the lake; returns what they answer."""
    with duckdb.connect(str(file)) as con:
        lake_views.create(con, lake, snapshot(lake))
    remember_served(lake, file)
    return _answer(file)


def _answer(file: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.sql("select trace_id, span_id, name from lake.spans order by all").fetchall()


def test_only_what_readers_see_is_left(lake: Path) -> None:
    before = rows(lake)
    optimize(lake)
    old = stored(lake) - _visible(lake)
    told = vacuum(lake, retention_hours=0, dry_run=True)
    assert sum(told.files.values()) == len(old)
    assert stored(lake) - _visible(lake) == old
    done = vacuum(lake, retention_hours=0)
    assert (done.files, done.bytes) == (told.files, told.bytes)
    assert done.bytes > 0
    assert stored(lake) == _visible(lake)
    assert rows(lake) == before
    assert vacuum(lake, retention_hours=0).files == {}


def test_what_is_younger_than_the_retention_stays(lake: Path) -> None:
    optimize(lake)
    before = stored(lake)
    assert vacuum(lake).files == {}
    assert stored(lake) == before


def test_a_served_file_still_answers(lake: Path, tmp_path: Path) -> None:
    answer = _publish(lake, tmp_path / "served.duckdb")
    optimize(lake)
    done = vacuum(lake, pinned=pinned_files(lake), retention_hours=0)
    assert _answer(tmp_path / "served.duckdb") == answer
    assert done.files  # of earlier assemblies
    _publish(lake, tmp_path / "newer.duckdb")
    (tmp_path / "served.duckdb").unlink()
    vacuum(lake, pinned=pinned_files(lake), retention_hours=0)
    assert stored(lake) == _visible(lake)
    assert _answer(tmp_path / "newer.duckdb") == answer


def test_a_served_file_that_was_moved_is_named(lake: Path, tmp_path: Path) -> None:
    answer = _publish(lake, tmp_path / "served.duckdb")
    (tmp_path / "served.duckdb").rename(tmp_path / "moved.duckdb")
    optimize(lake)
    vacuum(lake, pinned=pinned_files(lake, [tmp_path / "moved.duckdb"]), retention_hours=0)
    assert _answer(tmp_path / "moved.duckdb") == answer


def test_a_served_file_that_cannot_be_asked_stops_it(lake: Path, tmp_path: Path) -> None:
    _publish(lake, tmp_path / "served.duckdb")
    (tmp_path / "served.duckdb").write_bytes(b"no database")
    with pytest.raises(
        WarehouseError, match=r"served\.duckdb cannot be asked which files of the lake it reads"
    ):
        pinned_files(lake)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["spans", "ingest_files"])
def test_between_the_commits_of_a_killed_run_readers_keep_their_files(lake: Path, place: str) -> None:
    before = rows(lake)
    subprocess.run([sys.executable, "-c", OPTIMIZE_AND_DIE, str(lake), place, "before"], check=False)
    vacuum(lake, retention_hours=0)
    assert rows(lake) == before
    optimize(lake)
    vacuum(lake, retention_hours=0)
    assert rows(lake) == before
    assert stored(lake) == _visible(lake)


@pytest.mark.slow
def test_an_unfinished_ingest_and_assembly_keep_their_files(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "late").write_text(mixed_lines(900, 30))
    undisturbed = shutil.copytree(lake, tmp_path / "undisturbed")
    ingest([tmp_path / "late"], undisturbed)
    assemble(undisturbed, settle=True)
    ingesting = [sys.executable, "-c", INGEST_AND_DIE, str(tmp_path / "late"), str(lake)]
    assert subprocess.run([*ingesting, "log_records", "before"], check=False).returncode == -signal.SIGKILL
    vacuum(lake, retention_hours=0)
    ingest([], lake)
    assembling = [sys.executable, "-c", ASSEMBLE_AND_DIE, str(lake)]
    assert subprocess.run([*assembling, "span_events", "before"], check=False).returncode == -signal.SIGKILL
    vacuum(lake, retention_hours=0)
    assemble(lake, settle=True)
    for name, found in rows(lake).items():
        if name != "ingest_files":  # when it was ingested
            assert found == rows(undisturbed)[name], name


def test_a_running_ingest_refuses_it(lake: Path) -> None:
    with ingest_lock(lake), pytest.raises(WarehouseError, match="Another ingest is writing"):
        vacuum(lake)


def test_it_may_be_killed_in_the_middle(lake: Path) -> None:
    before = rows(lake)
    optimize(lake)
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nimport warehouse.lake.vacuum as module\n"
        "unlink, left = Path.unlink, [5]\n"
        "def one(self, *a, **k):\n    left[0] -= 1\n    left[0] or os.kill(os.getpid(), signal.SIGKILL)\n"
        "    unlink(self, *a, **k)\n"
        "Path.unlink = one\nmodule.vacuum(sys.argv[1], retention_hours=0)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(lake)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert rows(lake) == before
    vacuum(lake, retention_hours=0)
    assert stored(lake) == _visible(lake)
