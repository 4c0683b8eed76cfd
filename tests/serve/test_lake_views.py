"""Served views: the registry's types, one complete batch, plain DuckDB from anywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from small_lake import small_rows, write_lake
from star_under_test import Star

from warehouse.cli import main
from warehouse.lake.snapshot import snapshot
from warehouse.schemas.dbt_sources import DUCKDB_TYPE
from warehouse.schemas.registry import TABLES
from warehouse.serve import lake_views


def _types(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind, *_ in con.sql(f"describe lake.{table}").fetchall()]


@pytest.mark.parametrize("table", TABLES)
def test_columns_and_types_are_the_registry_s(con: duckdb.DuckDBPyConnection, table: str) -> None:
    assert _types(con, table) == [(c.name, DUCKDB_TYPE[c.type]) for c in TABLES[table].columns]


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_there_also_of_empty_tables(star: Star, table: str) -> None:
    with duckdb.connect(str(star.warehouse), read_only=True) as con:
        rows = con.sql(f"select count(*) from lake.{table}").fetchone()
    assert rows == (star.lake_rows[table],)


def test_a_lake_without_tables_gives_empty_typed_views(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        assert lake_views.create(con, tmp_path, {}) == {}
        for table in TABLES.values():
            assert _types(con, table.name) == [(c.name, DUCKDB_TYPE[c.type]) for c in table.columns]
            assert con.sql(f"from lake.{table.name}").fetchall() == []


def test_half_a_batch_is_never_seen(tmp_path: Path) -> None:
    rows = small_rows()
    lake = write_lake(tmp_path / "lake", rows)
    write_lake(lake, rows, batch=2, ledger=False)
    with duckdb.connect() as con:
        versions = lake_views.create(con, lake, snapshot(lake))
        assert con.sql("select count(*) from lake.spans_landing").fetchone() == (len(rows["spans_landing"]),)
        recorded = dict(con.sql("from lake.lake_versions").fetchall())
        assert recorded == versions
        assert (versions["spans_landing"], versions["traces"]) == (1, 0)
    write_lake(lake, {"ingest_files": rows["ingest_files"]}, batch=2)
    with duckdb.connect() as con:
        lake_views.create(con, lake, snapshot(lake))
        assert con.sql("select count(*) from lake.spans_landing").fetchone() == (
            2 * len(rows["spans_landing"]),
        )


def test_a_query_of_files_that_the_lake_lost_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake, served = write_lake(tmp_path / "lake", small_rows()), tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(served)) as con:
        lake_views.create(con, lake, snapshot(lake))
    for file in (lake / "spans_landing").rglob("*.parquet"):
        file.unlink()
    for query, code, told in (
        ("from lake.spans_landing", 3, f"`otlp-warehouse doctor --lake {lake}` tells which are missing"),
        ("from lake.nothing", 2, "Table with name nothing does not exist"),
        ("from 'nothing.parquet'", 2, "No files found that match"),
    ):
        assert main.run(["sql", query, "--warehouse", str(served)]) == code
        assert told in capsys.readouterr().err


def test_names_with_quotes_and_percent_signs_are_found(tmp_path: Path) -> None:
    rows = small_rows()
    lake = write_lake(tmp_path / "o'clock in the lake", {"scopes": rows["scopes"]}, ledger=False)
    (file,) = (lake / "scopes").glob("*.parquet")
    log = lake / "scopes" / "_delta_log" / f"{1:020}.json"
    log.write_text(log.read_text().replace(file.name, "part%2520it's.parquet"))
    file.rename(file.with_name("part%20it's.parquet"))
    write_lake(lake, {"ingest_files": rows["ingest_files"]})
    with duckdb.connect() as con:
        lake_views.create(con, lake, snapshot(lake))
        assert con.sql("select scope_key is not null from lake.scopes").fetchall() == [(True,)]


def _read_elsewhere(file: Path, cwd: Path) -> str:
    """What a process without this project reads from a moved and renamed copy."""
    program = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True, "
        "config={'autoinstall_known_extensions': 'false', 'autoload_known_extensions': 'false'}); "
        "print(con.sql('select count(*), count(is_root) from fct_spans').fetchone()[0])"
    )
    command = [sys.executable, "-I", "-c", program, str(file)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout.strip()


def test_a_renamed_copy_reads_from_another_folder_in_plain_duckdb(star: Star, tmp_path: Path) -> None:
    copy = shutil.copy(star.warehouse, tmp_path / "renamed.duckdb")
    assert _read_elsewhere(Path(copy), tmp_path) == str(star.lake_rows["spans"])


def test_a_moved_lake_needs_one_macro_replaced(tmp_path: Path) -> None:
    rows = small_rows()
    lake = write_lake(tmp_path / "lake", rows)
    with duckdb.connect(str(tmp_path / "views.duckdb")) as con:
        lake_views.create(con, lake, snapshot(lake))
        lake.rename(tmp_path / "moved")
        with pytest.raises(duckdb.IOException):
            con.sql("select count(*) from lake.spans_landing").fetchone()
        con.execute(f"create or replace macro lake.lake_root() as '{tmp_path / 'moved'}'")
        assert con.sql("select count(*) from lake.spans_landing").fetchone() == (len(rows["spans_landing"]),)
