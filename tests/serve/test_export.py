"""Nothing is lost: what is exported and read again gives the same lake, row for row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.schemas.registry import FACT_TABLES, KEYED_TABLES, TABLES
from warehouse.serve import lake_views
from warehouse.serve.export import Form, export

ROOT = Path(__file__).parents[2]
SOURCES = [
    ROOT / "tests" / "data",
    ROOT / "examples" / "data",
    *(p for p in [ROOT.parent / "shared" / "corpora"] if p.is_dir()),
]
BY_FILE = {"file_key", "byte_offset", "record_ordinal", "ingest_batch"}
"""Where a record stood: the exported files are others."""


def _comparable(table: str) -> str:
    """The columns of a table as SQL, maps with their type letters as sorted lists."""
    columns = []
    for column in TABLES[table].columns:
        letters = {"metadata": "metadata_types", "filtered_attributes": "filtered_attribute_types"}
        if column.name in BY_FILE or column.name.endswith("_types"):
            continue
        if column.type == "map":
            types = letters.get(column.name, "attribute_types")
            columns.append(
                f"list_sort(list_zip(map_keys({column.name}), map_values({column.name}), "
                f"string_split({types}, ''))) as {column.name}"
            )
        else:
            columns.append(column.name)
    return ", ".join(columns)


def _open(lake: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    lake_views.create(con, lake, snapshot(lake))
    return con


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, int]]:
    query = f"select cast(t as varchar), count(*) from (select {_comparable(table)} from lake.{table}) t"
    return con.execute(f"{query} group by all order by all").fetchall()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("original") / "lake"
    ingest(SOURCES, lake)
    return lake


@pytest.mark.parametrize("form", ["json", "proto"])
def test_exported_files_read_back_equal(original: Path, tmp_path: Path, form: Form) -> None:
    written = export(original, tmp_path / "out", form=form)
    again = ingest([tmp_path / "out"], tmp_path / "lake")
    assert again.rejects == 0
    first, second = _open(original), _open(tmp_path / "lake")
    assert written.spans == again.rows["spans_landing"] > 3000
    assert written.log_records == again.rows["log_records"] > 80
    for table in (*FACT_TABLES, *KEYED_TABLES):
        before, after = _rows(first, table), _rows(second, table)
        assert before, table
        assert [row for row in before if row not in set(after)] == [], table
        assert before == after, table


def test_dates_bound_the_export(original: Path, tmp_path: Path) -> None:
    day = date(2026, 11, 22)
    written = export(original, tmp_path, first=day, last=day)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"{signal}-2026-11-22.jsonl" for signal in ("logs", "metrics", "traces")
    ]
    (spans,) = _open(original).execute(
        "select count(*) from lake.spans_landing where event_date = ?", [day]
    ).fetchone() or (0,)
    assert written.spans == spans > 0


def test_what_else_lies_in_the_folder_is_left_and_earlier_exports_are_counted(
    original: Path, tmp_path: Path
) -> None:
    day = date(2026, 11, 22)
    (tmp_path / "traces-of-mine.jsonl").write_text("mine")
    assert export(original, tmp_path, first=day, last=day).left == 0
    assert export(original, tmp_path, first=day, last=day).left == 0
    assert export(original, tmp_path, first=day, last=day, form="proto").left == 3
    assert export(original, tmp_path, first=date(2026, 12, 24)).left == 6
    assert (tmp_path / "traces-of-mine.jsonl").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 7


def test_dates_in_the_wrong_order_are_refused(original: Path, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="There is no day from 2026-11-21 to 2026-11-20") as raised:
        export(original, tmp_path / "out", first=date(2026, 11, 21), last=date(2026, 11, 20))
    assert raised.value.exit_code == USAGE and not (tmp_path / "out").exists()


def test_an_unwritable_target_is_one_sentence(original: Path, tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(WarehouseError, match="choose another --out"):
        export(original, target)
