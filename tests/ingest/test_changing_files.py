"""Files that vanish, shrink or grow between the plan of a batch and its reading cost themselves alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lake_rows import column, counts
from ledger_accounts import check_accounts
from otlp_lines import log_line

from warehouse.lake.ingest import ingest
from warehouse.otlp import ahead
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


def test_a_file_that_became_shorter(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, text = tmp_path / "lake", (source / "b").read_text()

    def shorten(path: Path) -> None:
        path.write_text(text[: len(text) // 2])

    rows, rejects = _ingested_while(shorten, source, lake, monkeypatch)
    assert (2 * _LINES < rows < 3 * _LINES, rejects) == (True, 1)
    assert column(lake, "rejects", "detail") == [
        "The file cannot be read: it became shorter while it was read."
    ]
    assert ingest([source], lake).rows["log_records"] == 0
    (source / "b").write_text(text)
    ingest([source], lake)
    bodies = column(lake, "log_records", "body")
    assert len(bodies) == len(set(bodies)) == 3 * _LINES, "every line once"


def test_a_file_that_grew(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = tmp_path / "lake"

    def append(path: Path) -> None:
        with path.open("a") as file:
            file.write(_text(5_000, 7))

    assert _ingested_while(append, source, lake, monkeypatch) == (3 * _LINES, 0)
    assert ingest([source], lake).rows["log_records"] == 7
    assert counts(lake)["log_records"] == 3 * _LINES + 7
