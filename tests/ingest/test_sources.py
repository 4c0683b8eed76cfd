"""Which files a source stands for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.otlp.sources import find_files, path_text, text_path


def test_folders_files_and_patterns_name_each_file_once(tmp_path: Path) -> None:
    for name in ("a.json", "deep/er/b.json", "deep/c.pb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    sources = [tmp_path, tmp_path / "a.json", str(tmp_path / "**/*.json")]
    assert find_files(sources) == [tmp_path / "a.json", tmp_path / "deep/c.pb", tmp_path / "deep/er/b.json"]


def test_odd_names_survive_text_form(tmp_path: Path) -> None:
    names = [b"with space", b"new\nline", b"caf\xc3\xa9", b"bad\xff\xfebytes", b"100%25"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_text("{}")
    found = find_files([tmp_path])
    assert sorted(os.fsencode(p.name) for p in found) == sorted(names)
    for path in found:
        text = path_text(path)
        text.encode("utf-8")
        assert text_path(text) == path
    assert len({path_text(p) for p in found}) == len(names)


def test_links_are_followed_without_going_round(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x.json").write_text("{}")
    (tmp_path / "real/loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "again.json").symlink_to(tmp_path / "real/x.json")
    assert find_files([tmp_path]) == [tmp_path / "again.json"], "one name per file, loops end"


def test_lake_below_a_source_is_left_out(tmp_path: Path) -> None:
    (tmp_path / ".data/lake/spans").mkdir(parents=True)
    (tmp_path / ".data/lake/spans/part.parquet").write_text("PAR1")
    (tmp_path / "x.json").write_text("{}")
    assert find_files([tmp_path], leave_out=tmp_path / ".data/lake") == [tmp_path / "x.json"]


def test_pipes_in_folders_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert find_files([tmp_path]) == []
    with pytest.raises(WarehouseError, match="neither a file nor a folder"):
        find_files([tmp_path / "pipe"])


@pytest.mark.parametrize("source", ["missing.json", "no*match", "dangling"])
def test_a_source_that_names_nothing_is_a_usage_error(tmp_path: Path, source: str) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    with pytest.raises(WarehouseError) as caught:
        find_files([tmp_path / source])
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message


def test_names_with_pattern_characters_are_taken_literally_first(tmp_path: Path) -> None:
    (tmp_path / "a[1].json").write_text("{}")
    (tmp_path / "a1.json").write_text("{}")
    assert find_files([tmp_path / "a[1].json"]) == [tmp_path / "a[1].json"]
