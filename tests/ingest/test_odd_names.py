"""Whatever a file is called: the ledger, rejects, every verb's JSON, replays and exports keep to its name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lake_rows import column, counts
from otlp_lines import log_line

from warehouse.cli.main import run
from warehouse.otlp.sources import text_path

NAMES = [
    b"with space",
    b" lead and trail ",
    b"new\nline",
    b"quo\"te's`",
    b"100%25",
    b"hash#mark",
    b"what?x=1&y",
    b"star*[a]",
    b"back\\slash",
    b"\xff\xfenot utf-8",
    "ünïcode \U0001f600".encode(),
    b"event_date=2025-01-01",
    b"file:%2F%2Fx",
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "a b%20#?"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / os.fsdecode(name)).write_text(log_line(number) + "broken\n")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "gone")
    return folder


def test_names_of_any_bytes(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake, out = tmp_path / "la ke%'\"", tmp_path / "out"

    def told(*arguments: object) -> Any:
        assert run([*map(str, arguments), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    def names(texts: list[str]) -> list[bytes]:
        return sorted(os.fsencode(text_path(text).name) for text in texts)

    done = told("ingest", source, "--lake", lake)
    assert (done["files"], done["rejects"], done["rows"]["log_records"]) == (len(NAMES),) * 3
    assert names(column(lake, "ingest_files", "path")) == sorted(NAMES)
    assert names(column(lake, "rejects", "path")) == sorted(NAMES)
    listed = told("rejects", "--lake", lake, "--raw", tmp_path / "raw")
    assert names([row["path"] for row in listed["rejects"]]) == sorted(NAMES)
    assert {file.read_bytes() for file in (tmp_path / "raw").iterdir()} == {b"broken"}
    assert told("status", "--lake", lake, "--warehouse", tmp_path / "none")
    assert told("ingest", source, "--lake", lake)["skipped"] == len(NAMES)
    assert told("rejects", "--lake", lake, "--replay")["retried"] == len(NAMES)
    (row,) = told("sql", "--from", source / os.fsdecode(NAMES[9]), "select count(*) as n from log_records")
    assert row == {"n": 1}
    assert told("export", "--lake", lake, "--out", out)
    assert told("ingest", out, "--lake", tmp_path / "again")["rows"]["log_records"] == len(NAMES)
    with (source / os.fsdecode(NAMES[9])).open("a") as file:
        file.write(log_line(99))
    assert told("ingest", source, "--lake", lake)["rows"]["log_records"] == 1
    assert counts(lake)["log_records"] == len(NAMES) + 1
    assert run(["rejects", "--lake", str(lake)]) == 0
    assert run(["status", "--lake", str(lake), "--warehouse", str(tmp_path / "none")]) == 0


@pytest.mark.parametrize("name", ["la%25ke", "la#ke", "la?ke"])
def test_a_lake_path_that_the_delta_library_would_take_for_another_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "source").write_text(log_line(1))
    assert run(["ingest", str(tmp_path / "source"), "--lake", str(tmp_path / name)]) == 2
    assert "Choose another path" in capsys.readouterr().err
