"""The command line is light, documented and quiet about its insides."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli import COMMAND, EXAMPLES, run

from warehouse.lake.ingest import ingest

VERBS = [
    "demo",
    "ingest",
    "assemble",
    "build",
    "check",
    "publish",
    "sql",
    "report",
    "export",
    "trace",
    "status",
    "rejects",
    "optimize",
    "vacuum",
    "advise",
    "docs",
    "doctor",
]
HEAVY = ["pyspark", "dbt", "great_expectations", "pandas", "pyarrow", "duckdb", "deltalake"]


@pytest.mark.parametrize("module", ["warehouse", "warehouse.cli.main"])
def test_importing_is_light(module: str) -> None:
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_ingest_runs_without_pandas_dbt_or_great_expectations(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom warehouse.cli.main import run\n"
        "for source in sys.argv[2:]:\n"
        "    assert run(['ingest', source, '--lake', sys.argv[1], '--json']) == 0\n"
        "print(*[m for m in ('pandas', 'dbt', 'great_expectations', 'pyspark') if m in sys.modules])"
    )
    more = tmp_path / "more.pb"  # new bytes, but of resources and scopes that the lake knows
    more.write_bytes((EXAMPLES / "logs.pb").read_bytes() * 2)
    command = [sys.executable, "-c", code, str(tmp_path / "lake"), str(EXAMPLES), str(more)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[2:] == [""]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(verb: str) -> None:
    done = run(verb, "--help")
    assert done.returncode == 0
    assert "Examples" in done.stdout
    assert f"otlp-warehouse {verb}" in done.stdout
    assert "--json" in done.stdout


def test_help_lists_every_verb() -> None:
    done = run("--help")
    assert all(verb in done.stdout for verb in VERBS)


def test_debug_shows_the_stack_trace_anywhere(tmp_path) -> None:
    for arguments in (["--debug", "status"], ["status", "--debug"]):
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 3
        assert "Traceback" in done.stderr
        assert done.stderr.splitlines()[-1].startswith("There is no lake")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_leaves_is_no_fault(tmp_path: Path, form: list[str]) -> None:
    ingest([EXAMPLES / "logs.pb"], tmp_path / "lake")
    process = subprocess.Popen(
        [*COMMAND, "status", "--lake", str(tmp_path / "lake"), *form],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": ""},
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == ("", 0)
