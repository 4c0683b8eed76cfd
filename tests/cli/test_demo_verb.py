"""The whole way: `demo`, then `check`, `sql` and `status` on what it made."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from cli import Demo, run, run_on_terminal, sentence

pytestmark = pytest.mark.slow


def test_demo_reads_all_signals_and_answers(demo: Demo) -> None:
    found = demo.figures
    assert found["ingest"]["rejects"] == 0
    assert found["build"]["published"] is True
    assert found["build"]["checks"]["passed"] > 0
    assert min(found["read"][n] for n in ("files", "spans", "log_records", "metric_points")) > 0
    assert found["read"]["spans"] == found["ingest"]["rows"]["spans"]
    for service in found["services"]:
        assert 0 < service["p50_ms"] <= service["p95_ms"] <= service["p99_ms"]
        assert 0 <= service["error_ratio"] <= 1
    assert found["operations"]
    assert found["calls"]


def test_demo_prints_its_figures_and_again_reads_nothing(demo: Demo, tmp_path: Path) -> None:
    done = run("demo", "--folder", demo.folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for title in ("Busiest services", "Slowest operations", "Who calls whom", "Try next"):
        assert title in done.stdout
    assert done.stdout.count("otlp-warehouse sql") == 3
    assert list(tmp_path.iterdir()) == [], "the demo keeps to its folder"
    for line in done.stdout.splitlines():
        if line.startswith("  otlp-warehouse sql"):
            query = line.split('"')[1]
            assert run("sql", query, "--warehouse", demo.warehouse).returncode == 0, query


def test_sql_formats(demo: Demo, tmp_path: Path) -> None:
    query = """
        select 1 as n, 'a,"b' as s, null as nothing, 1.5::decimal(9, 2) as d, 'nan'::double as x, [1, 2] as l
    """

    def ask(*options: object) -> str:
        done = run("sql", query, "--warehouse", demo.warehouse, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert ask() == 'n,s,nothing,d,x,l\n1,"a,""b",,1.50,nan,"[1, 2]"\n'
    expected = [{"n": 1, "s": 'a,"b', "nothing": None, "d": 1.5, "x": None, "l": [1, 2]}]
    assert json.loads(ask("--format", "json")) == expected
    assert json.loads(ask("--json")) == expected
    assert "┃ n ┃" in ask("--format", "table")
    for suffix in ("parquet", "csv"):
        file = tmp_path / f"out.{suffix}"
        assert ask("--out", file) == ""
        assert duckdb.sql(f"select n, s, d from '{file}'").fetchall() == [(1, 'a,"b', 1.5)]
    ask("--out", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == expected


def test_sql_on_a_terminal_is_a_table_that_fits(demo: Demo) -> None:
    query = "select 'left' as word, 1234567.5::double as number, repeat('y', 60) as wide"
    flags = ("sql", query, "--warehouse", demo.warehouse)
    broad = run_on_terminal(*flags, columns=120)
    assert "┃ word ┃" in broad
    narrow = run_on_terminal(*flags, columns=80)
    assert "Row 1" in narrow
    assert "y" * 60 in narrow
    assert all(len(line) <= 80 for line in narrow.splitlines())


def test_sql_csv_goes_after_what_a_file_already_holds(demo: Demo, tmp_path: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "warehouse.cli.main", "sql", "select 7 as n", "--warehouse"]
    with (tmp_path / "log").open("w") as log:
        log.write("before\n")
        log.flush()
        subprocess.run([*command, str(demo.warehouse)], stdout=log, check=True)
    assert (tmp_path / "log").read_text() == "before\nn\n7\n"


def test_sql_runs_statements_that_describe(demo: Demo) -> None:
    assert "fct_spans" in run("sql", "show tables", "--warehouse", demo.warehouse).stdout
    described = run("sql", "describe fct_spans", "--json", "--warehouse", demo.warehouse)
    assert "trace_id" in {row["column_name"] for row in json.loads(described.stdout)}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select * from no_such_table", "no_such_table does not exist"),
        ("select 1 +", "Parser Error"),
        (" ", "There is no query"),
        ("create table x as select 1", "read-only"),
        ("select 1 / 'a'::int from range(3)", "Could not convert"),
    ],
)
def test_a_query_that_fails_is_one_sentence(demo: Demo, query: str, said: str) -> None:
    assert said in sentence(run("sql", query, "--warehouse", demo.warehouse), 2)


def test_sql_and_check_without_a_served_file(tmp_path: Path) -> None:
    for verb in (["sql", "select 1"], ["check"]):
        assert "run `otlp-warehouse build` first" in sentence(run(*verb, cwd=tmp_path), 3)
    (tmp_path / "broken.duckdb").write_text("no database")
    assert "cannot be opened" in sentence(
        run("sql", "select 1", "--warehouse", tmp_path / "broken.duckdb"), 3
    )


def test_build_without_a_lake(tmp_path: Path) -> None:
    assert "There is no lake" in sentence(run("build", cwd=tmp_path), 3)
    assert not (tmp_path / ".data/warehouse.duckdb").exists()


def test_check_runs_the_gate(demo: Demo) -> None:
    done = run("check", "--warehouse", demo.warehouse, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["critical"]) == (0, [])
    assert found["passed"] > 0
    assert "checks passed" in run("check", "--warehouse", demo.warehouse).stdout


def test_check_ends_with_1_when_a_critical_check_fails(demo: Demo, tmp_path: Path) -> None:
    broken = tmp_path / "warehouse.duckdb"
    broken.write_bytes(demo.warehouse.read_bytes())
    with duckdb.connect(str(broken)) as con:
        con.execute("update dim_operation set operation_key = 0")
    done = run("check", "--warehouse", broken)
    assert done.returncode == 1, done.stdout
    assert "critical: " in done.stdout


def test_a_build_in_steps(demo: Demo, tmp_path: Path) -> None:
    lake, served = ("--lake", demo.lake), ("--warehouse", tmp_path / "warehouse.duckdb")
    assert "did not" not in sentence(run("publish", *served), 3)
    assert "leave out --settle" in sentence(run("build", "--models-only", "--settle", *lake, *served), 2)
    done = run("build", "--models-only", *lake, *served)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Next: otlp-warehouse check --candidate" in done.stdout
    assert run("check", "--candidate", *served).returncode == 0
    assert json.loads(run("publish", "--json", *served).stdout) == {"published": True}
    assert "is up to date" in run("publish", *served).stdout


def test_status_knows_when_the_served_file_is_old(demo: Demo, tmp_path: Path) -> None:
    flags = ("--lake", demo.lake, "--warehouse", demo.warehouse, "--json")
    assert json.loads(run("status", *flags).stdout)["served"]["is_current"] is True
