"""What keeps an ingest from running is one sentence, and nothing of it is visible."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_rows import column, counts, visible_rows
from otlp_lines import SPANS_PER_LINE, mixed_lines, trace_line

from warehouse.errors import WarehouseError
from warehouse.lake.commit import INGEST_APP, Run, commit_parts
from warehouse.lake.creation import create_missing
from warehouse.lake.ingest import ingest
from warehouse.lake.replay import replay
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import open_table
from warehouse.lake.vacuum import planned_files
from warehouse.schemas.parquet import PartFile

CLI = [sys.executable, "-m", "warehouse.cli.main"]


def _refused(run: subprocess.CompletedProcess[str], code: int) -> str:
    assert run.returncode == code, run.stderr
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1, run.stderr
    return run.stderr


def _ingest(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*CLI, "ingest", *map(str, arguments), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.jsonl"
    path.write_text(mixed_lines(0, 300, padding=2_000))
    return path


def test_two_ingests_at_once(source: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([source], lake)
    with (lake / "_ingest.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        told = _refused(_ingest(source, "--lake", lake), 3)
        assert "Another ingest is writing" in told
    assert _ingest(source, "--lake", lake).returncode == 0


def test_the_running_ingest_holds_the_lock(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    seen = []

    def second_run(*_: object) -> None:
        with pytest.raises(WarehouseError, match="Another ingest"):
            ingest([source], lake)
        seen.append(True)

    ingest([source], lake, progress=second_run)
    assert seen


def test_a_missing_source_is_a_usage_error(tmp_path: Path) -> None:
    assert "check the path" in _refused(_ingest(tmp_path / "nope", "--lake", tmp_path / "lake"), 2)
    assert not (tmp_path / "lake").exists()


def test_a_lake_that_cannot_be_made(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be written" in _refused(_ingest(source, "--lake", tmp_path / "file/lake"), 3)


def test_reading_without_a_lake(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="There is no lake at") as caught:
        snapshot(tmp_path / "nothing")
    assert caught.value.exit_code == 3


LIMITED = """
import resource, sys
from warehouse.cli.main import run
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("limit", "has_tables"), [(200, False), (4_000, False), (13_500, False), (8_000, True)]
)
def test_a_disk_that_takes_no_more_bytes(source: Path, tmp_path: Path, limit: int, has_tables: bool) -> None:
    """Larger files fail to be written: at table creation, or when that is done, Parquet files."""
    lake = tmp_path / "lake"
    if has_tables:
        create_missing(lake)
    command = [sys.executable, "-c", LIMITED, str(limit), "ingest", str(source), "--lake", str(lake)]
    told = _refused(subprocess.run(command, capture_output=True, text=True, check=False), 3)
    assert "run ingest again" in told
    if (lake / "ingest_files/_delta_log").exists() and limit > 200:
        assert not any(counts(lake).values())
    ingest([source], lake)
    assert counts(lake)["spans_landing"] == 300


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    first, big = tmp_path / "first", tmp_path / "big"
    first.write_text(trace_line(0))
    big.write_text("".join(trace_line(n, 1).replace("x", os.urandom(400).hex()) for n in range(2_000)))
    lake = small_disk / "lake"
    ingest([first], lake)
    before, files = visible_rows(lake), set(lake.rglob("*.parquet"))
    assert "No space left" in _refused(_ingest(big, "--lake", lake), 3)
    assert visible_rows(lake) == before
    named = tuple(planned_files(lake))
    left = [f for f in lake.rglob("*.parquet") if f not in files and not str(f).endswith(named)]
    assert left == [], "a retry would find even less room"
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    ingest([big], lake)
    assert counts(lake)["spans_landing"] == 2_001 * SPANS_PER_LINE


UNPRIVILEGED = """
import contextlib, io, os, sys
from warehouse.cli.main import run
with contextlib.redirect_stdout(io.StringIO()):
    run(["ingest", sys.argv[1], "--lake", sys.argv[2], "--json"])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(run(["ingest", *sys.argv[3:], "--json"]))
"""


def _ingest_unprivileged(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Ingest by a user whom permissions bind.

    A first ingest imports everything before root's rights are given up: such a user might not be able to.
    """
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "first.jsonl").write_text(trace_line(0) + "broken")
        first = [str(Path(name) / "first.jsonl"), str(Path(name) / "lake")]
        command = [sys.executable, "-c", UNPRIVILEGED, *first, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_file_without_read_permission(public_folder: Path) -> None:
    secret, lake = public_folder / "secret.jsonl", public_folder / "lake"
    secret.write_text(trace_line(0))
    secret.chmod(0)
    (public_folder / "open.jsonl").write_text(trace_line(1))
    sources = (secret, public_folder / "open.jsonl", "--lake", lake)
    first = _ingest_unprivileged(*sources)
    assert first.returncode == 0, first.stderr
    assert column(lake, "rejects", "path", "reason") == [(str(secret), "unreadable")]
    assert counts(lake)["spans_landing"] == SPANS_PER_LINE
    assert '"batch_id": null' in _ingest_unprivileged(*sources).stdout
    secret.chmod(0o644)
    assert _ingest_unprivileged(*sources).returncode == 0
    assert counts(lake)["spans_landing"] == 2 * SPANS_PER_LINE


def test_folders_that_may_not_be_looked_into(public_folder: Path) -> None:
    source, lake = public_folder / "source", public_folder / "lake"
    folders = {source / "names": 0o444, source / "shut": 0}
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True)
        (folder / "a.jsonl").write_text(trace_line(number))
    (source / "open.jsonl").write_text(trace_line(2))
    for folder, mode in folders.items():
        folder.chmod(mode)
    first = _ingest_unprivileged(source, "--lake", lake)
    assert first.returncode == 0, first.stderr
    why = (
        "The file cannot be read: it is a folder that may not be looked into, so allow that or leave it out."
    )
    told = sorted(column(lake, "rejects", "path", "reason", "detail"))
    assert told == [(str(folder), "unreadable", why) for folder in folders]
    assert counts(lake)["spans_landing"] == SPANS_PER_LINE
    assert '"batch_id": null' in _ingest_unprivileged(source, "--lake", lake).stdout
    for folder in folders:
        folder.chmod(0o755)
    assert _ingest_unprivileged(source, "--lake", lake).returncode == 0
    assert counts(lake)["spans_landing"] == 3 * SPANS_PER_LINE
    assert len(column(lake, "rejects", "path")) == 2
    replay(lake)
    assert column(lake, "rejects", "path") == []


@pytest.mark.parametrize(("pattern", "told"), [("open/*.jsonl", 0), ("*/*.jsonl", 1), ("**/*.jsonl", 2)])
def test_patterns_that_lead_into_shut_folders(public_folder: Path, pattern: str, told: int) -> None:
    source, lake = public_folder / "source", public_folder / "lake"
    for number, name in enumerate(("open", "shut", "open/shut")):
        (source / name).mkdir(parents=True)
        (source / name / "a.jsonl").write_text(trace_line(number))
    shut = [source / "shut", source / "open" / "shut"]
    for folder in shut:
        folder.chmod(0)
    # Where a pattern says a name, its folder need not be listed.
    source.chmod(0o755 if pattern.startswith("*") else 0o711)
    done = _ingest_unprivileged(source / pattern, "--lake", lake)
    assert done.returncode == 0, done.stderr
    assert counts(lake)["spans_landing"] == SPANS_PER_LINE
    assert set(column(lake, "rejects", "path")) == set(map(str, shut[:told]))


def test_an_unwritable_lake_folder(public_folder: Path) -> None:
    (public_folder / "a.jsonl").write_text(trace_line(1))
    (public_folder / "lake").mkdir(mode=0o555)
    told = _refused(_ingest_unprivileged(public_folder / "a.jsonl", "--lake", public_folder / "lake"), 3)
    assert "cannot be written" in told
    assert list((public_folder / "lake").iterdir()) == []


def test_the_committer_refuses_files_that_are_missing_or_foreign(source: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    ingest([source], lake)
    uri = Path(open_table(lake, "resources").file_uris()[0])
    foreign = PartFile(f"../resources/{uri.name}", uri.stat().st_size, {}, 0, 1, "{}")
    gone = PartFile("nope.parquet", 1, {}, 0, 1, "{}")
    shorter = PartFile(foreign.path, 1, {}, 0, 1, "{}")
    for part, why in (
        (gone, "gone or changed"),
        (shorter, "gone or changed"),
        (foreign, "columns of scopes"),
    ):
        version = open_table(lake, "scopes").version()
        with pytest.raises(WarehouseError, match=why):
            commit_parts(lake, "scopes", [part], Run(INGEST_APP, 2))
        assert open_table(lake, "scopes").version() == version


def test_a_url_that_became_a_path_is_refused_and_no_folder_of_that_name_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source").write_text("{}")
    with pytest.raises(WarehouseError, match="give the URL as text") as refused:
        ingest(["source"], Path("s3://bucket/lake"))
    assert refused.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
