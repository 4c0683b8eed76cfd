"""`rejects` from outside."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from cli import EXAMPLES, run, sentence


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    first = (EXAMPLES / "traces" / "gateway.jsonl").read_bytes().splitlines(keepends=True)[0]
    (tmp_path / "a.jsonl").write_bytes(first + b"not json\n" + first + b"{[1]: \xff}\n")
    (tmp_path / "table.parquet").write_bytes(b"PAR1 and so on")
    done = run("ingest", "a.jsonl", "table.parquet", "--lake", tmp_path / "lake", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "lake"


def test_the_summary_comes_first_and_every_reject_has_its_place(lake: Path) -> None:
    text = run("rejects", "--lake", lake).stdout
    first = (lake.parent / "a.jsonl").read_bytes().index(b"not json")
    assert text.startswith("3 rejects")
    assert text.index("unsupported_form") < text.index("a.jsonl byte")
    assert f"{lake.parent}/a.jsonl byte {first}, " in text
    assert "    not json" in text
    assert "Parquet files hold no OTLP." in text


def test_json_reason_and_limit(lake: Path) -> None:
    done = run("rejects", "--lake", lake, "--json", "--reason", "malformed_json", "--limit", 1)
    found = json.loads(done.stdout)
    assert found["reasons"] == [{"reason": "malformed_json", "signal": "message", "rejects": 2, "files": 1}]
    (reject,) = found["rejects"]
    assert list(reject) == [
        "path",
        "byte_offset",
        "length_bytes",
        "signal",
        "reason",
        "detail",
        "start",
    ]
    assert (reject["path"], reject["start"].strip()) == (str(lake.parent / "a.jsonl"), "not json")
    assert found["written"] is None
    assert (
        "1 more: --limit 2"
        in run("rejects", "--lake", lake, "--reason", "malformed_json", "--limit", 1).stdout
    )


def test_raw_bytes_are_written_as_they_were(lake: Path) -> None:
    folder = lake.parent / "raw"
    assert "Wrote 3 files" in run("rejects", "--lake", lake, "--raw", folder, "--limit", 0).stdout
    assert [p.read_bytes().strip() for p in sorted(folder.iterdir())] == [
        b"not json",
        b"{[1]: \xff}",
        b"PAR1 and so on",
    ]
    blocked = lake.parent / "a.jsonl" / "raw"
    assert "choose another --raw" in sentence(run("rejects", "--lake", lake, "--raw", blocked), 3)


def test_nothing_rejected_and_no_lake(tmp_path: Path) -> None:
    assert "There is no lake" in sentence(run("rejects", cwd=tmp_path), 3)
    run("ingest", EXAMPLES / "logs.pb", cwd=tmp_path)
    assert run("rejects", cwd=tmp_path).stdout == "Nothing was rejected.\n"


def test_a_refused_bomb_says_which_flag_reads_on(tmp_path: Path) -> None:
    (tmp_path / "logs.gz").write_bytes(gzip.compress((EXAMPLES / "logs.pb").read_bytes()))
    run("ingest", "logs.gz", "--max-decompressed", 10, cwd=tmp_path)
    (reject,) = json.loads(run("rejects", "--json", cwd=tmp_path).stdout)["rejects"]
    assert (reject["reason"], reject["byte_offset"]) == ("decompression_limit", 10)
    assert "--max-decompressed" in reject["detail"]
    again = json.loads(run("ingest", "logs.gz", "--json", cwd=tmp_path).stdout)
    assert again["rows"]["log_records"] > 0


def test_a_reason_that_nothing_has(lake: Path) -> None:
    assert run("rejects", "--lake", lake, "--reason", "bad_id").stdout == "Nothing was rejected as bad_id.\n"


def test_names_of_files_steer_no_terminal(tmp_path: Path) -> None:
    names = ["red\x1b[31m.json", "clear\x1b[2J.json"]
    for name, text in zip(names, ("no otlp", '{"resourceSpans": [{"scopeSpans": [{"spans": ['), strict=True):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(text)
    lake = tmp_path / "lake"
    shown = [run("ingest", tmp_path / "in", "--lake", lake).stdout, run("rejects", "--lake", lake).stdout]
    shown += [run("status", "--files", 9, "--lake", lake).stdout]
    told = run("ingest", tmp_path / "none\x1b[31m\n", "--lake", lake)
    assert [text for text in (*shown, told.stderr) if "\x1b" in text] == []
    assert all("red [31m" in text for text in shown) and "clear [2J" in shown[0] + shown[2]
    assert "none [31m : check the pattern" in sentence(told, 2)
