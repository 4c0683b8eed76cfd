"""Flags win over variables, variables over the settings file, that over defaults."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import run, sentence


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


@pytest.mark.parametrize("text", ["lake = ", 'lak = "x"', "[ingset]\nworkers = 1"])
def test_a_wrong_settings_file_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "otlp-warehouse.toml").write_text(text)
    assert "otlp-warehouse.toml" in sentence(run("status", cwd=tmp_path), 2)
