"""Flags win over variables, variables over the settings file, that over defaults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli import EXAMPLES, run, sentence

from warehouse.cli import main
from warehouse.lake.ingest import ingest


def _lake_asked(done_stderr: str) -> str:
    return done_stderr.split("no lake at ")[1].split(":")[0]


@pytest.mark.parametrize(
    ("flag", "variable", "file", "lake"),
    [
        (None, None, None, ".data/lake"),
        (None, None, "from_file", "from_file"),
        (None, "from_variable", "from_file", "from_variable"),
        ("from_flag", "from_variable", "from_file", "from_flag"),
    ],
)
def test_precedence(
    tmp_path: Path, flag: str | None, variable: str | None, file: str | None, lake: str
) -> None:
    if file:
        (tmp_path / "otlp-warehouse.toml").write_text(f'lake = "{file}"\n[ingest]\nworkers = 1\n')
    done = run(
        "status",
        *(["--lake", flag] if flag else []),
        cwd=tmp_path,
        env={"OTLP_WAREHOUSE_LAKE": variable} if variable else {},
    )
    assert _lake_asked(sentence(done, 3)) == lake


def test_options_of_a_verb_come_from_its_table(tmp_path: Path) -> None:
    (tmp_path / "otlp-warehouse.toml").write_text("[ingest]\nworkers = 0\n")
    assert "--workers" in sentence(run("ingest", "x", cwd=tmp_path), 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lake = ", "is not valid TOML"),
        ('lak = "x"', "the unknown setting lak: it may hold lake, warehouse, [demo]"),
        ("[ingset]\nworkers = 1", "the unknown setting ingset"),
        ("[trace]\nlimt = 3", "the unknown setting limt in [trace]: it may hold trace_id, lake, limit"),
        ("lake = 5", "sets lake to 5: write a path in quotes"),
        ("[status]\nfiles = 'many'", "--files"),
    ],
)
def test_a_wrong_settings_file_is_a_usage_error(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "otlp-warehouse.toml").write_text(text)
    told = sentence(run("status", cwd=tmp_path), 2)
    assert words in told and ("otlp-warehouse.toml" in told or words == "--files")


def test_options_are_set_by_the_names_of_their_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ingest([EXAMPLES / "logs.pb"], "lake")
    Path("otlp-warehouse.toml").write_text(
        'lake = "lake"\n[export]\nfrom = "2026-11-23"\njson = true\n[vacuum]\ndry-run = true\n'
    )
    assert main.run(["export"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 0
    assert main.run(["export", "--from", "2026-11-22"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 1


def test_a_settings_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "otlp-warehouse.toml").mkdir()
    assert "cannot be read (Is a directory)" in sentence(run("status", cwd=tmp_path), 3)
