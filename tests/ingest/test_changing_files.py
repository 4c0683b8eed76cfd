"""Files that vanish, shrink or grow between the plan of a batch and its reading cost themselves alone."""

from __future__ import annotations

from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest
from lake_rows import column, counts
from ledger_accounts import check_accounts
from otlp_lines import log_line

from warehouse.lake.ingest import ingest
from warehouse.lake.tables import data_paths
from warehouse.otlp import ahead, convert
from warehouse.otlp.content import open_source

_LINES = 40
Change = Callable[[Path], object]


def _text(first: int, lines: int) -> str:
    return "".join(log_line(n) for n in range(first, first + lines))


def _ingested_while(
    change: Change, source: Path, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int]:
    """Rows and rejects of a run in which the file `b` changes just before it is opened to be read."""
    changed = source / "b"

    def open_changed(found: Path) -> object:
        if found == changed:
            change(changed)
        return open_source(found)

    with monkeypatch.context() as patched:
        patched.setattr(ahead, "open_source", open_changed)
        done = ingest([source], lake, workers=1)
    check_accounts(lake)
    return done.rows["log_records"], done.rejects


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for number, name in enumerate("abc"):
        (folder / name).write_text(_text(number * 1_000, _LINES))
    return folder


def test_a_file_that_vanished(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, text = tmp_path / "lake", (source / "b").read_text()
    assert _ingested_while(Path.unlink, source, lake, monkeypatch) == (2 * _LINES, 1)
    ((path, reason, detail),) = column(lake, "rejects", "path", "reason", "detail")
    assert (path, reason) == (str(source / "b"), "unreadable")
    assert detail == "The file cannot be read: No such file or directory."
    assert ingest([source], lake).batch_id is None
    (source / "b").write_text(text)
    assert ingest([source], lake).rows["log_records"] == _LINES


def _written_anew(path: Path) -> None:
    path.write_text(_text(7_000, _LINES))


def _written_anew_and_larger(path: Path) -> None:
    path.write_text(_text(7_000, 3 * _LINES))


def _shortened(path: Path) -> None:
    path.write_text(_text(1_000, _LINES // 2))


def _replaced(path: Path) -> None:
    path.with_suffix(".new").write_text(_text(7_000, 3 * _LINES))
    path.with_suffix(".new").replace(path)


CHANGES = [_written_anew, _written_anew_and_larger, _shortened, _replaced]


class ChangesMeanwhile(FileIO):
    """A file that is changed once its first bytes were read."""

    def __init__(self, path: Path, change: Change) -> None:
        super().__init__(path)
        self._path, self._changes = path, [change]

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        while self._changes:
            self._changes.pop()(self._path)
        return data


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_file_that_changed_before_it_was_read(
    change: Change, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    assert _ingested_while(change, source, lake, monkeypatch) == (2 * _LINES, 1)
    assert column(lake, "rejects", "detail") == [
        "The file cannot be read: it was changed while the batch was read, and the next ingest takes it as "
        "it is then."
    ]
    _assert_taken_as_it_is(source, lake, [])


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_file_that_changed_while_it_was_read(
    change: Change, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, before = tmp_path / "lake", _bodies(source / "b")
    changes = [change]
    with monkeypatch.context() as patched:
        patched.setattr(convert, "_FLUSH_BYTES", 1)
        patched.setattr(
            ahead,
            "open_source",
            lambda p: ChangesMeanwhile(p, changes.pop()) if p.name == "b" and changes else open_source(p),
        )
        done = ingest([source], lake, workers=1)
    check_accounts(lake)
    # A file that another one replaced is read to its end: it is still there for who has it open.
    was_read = change is _replaced
    assert (done.rows["log_records"], done.rejects) == ((2 + was_read) * _LINES, not was_read)
    listed = [Path(file) for file in data_paths(lake, "log_records")]
    assert sorted(lake.glob("log_records/*/*.parquet")) == sorted(listed), "nothing is left over"
    _assert_taken_as_it_is(source, lake, before if was_read else [])


def _bodies(*files: Path) -> list[str]:
    lines = (line for file in files for line in file.read_text().splitlines())
    return [line.partition('"stringValue":"message ')[2].partition('"')[0] for line in lines]


def _assert_taken_as_it_is(source: Path, lake: Path, before: list[str]) -> None:
    """The next runs take what the files hold now, once."""
    for _ in range(2):
        ingest([source], lake)
        check_accounts(lake)
    wanted = [f"message {n}" for n in (*_bodies(*source.iterdir()), *before)]
    assert sorted(column(lake, "log_records", "body")) == sorted(wanted)


def test_a_file_that_grew(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = tmp_path / "lake"

    def append(path: Path) -> None:
        with path.open("a") as file:
            file.write(_text(5_000, 7))

    assert _ingested_while(append, source, lake, monkeypatch) == (3 * _LINES, 0)
    assert ingest([source], lake).rows["log_records"] == 7
    assert counts(lake)["log_records"] == 3 * _LINES + 7
