"""Every rendering of the registry says the same, and the committed page is fresh."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from warehouse.schemas.arrow import arrow_schema, file_schema
from warehouse.schemas.delta import delta_schema
from warehouse.schemas.markdown import SCHEMA_PAGE, schema_page
from warehouse.schemas.registry import FACT_TABLES, KEYED_TABLES, TABLES


def test_schema_page_is_fresh() -> None:
    assert SCHEMA_PAGE.read_text(encoding="utf-8") == schema_page(), (
        "stale: run `python -m warehouse.schemas.markdown`"
    )


@pytest.mark.parametrize("name", TABLES)
def test_sort_key_and_encoding_columns_exist(name: str) -> None:
    table = TABLES[name]
    named = {*table.key, *table.sort, *table.plain, *table.delta_packed, *table.settled_plain}
    assert named <= set(table.column_names)
    assert len(set(table.column_names)) == len(table.columns)
    for column in table.delta_packed:
        assert table.column(column).type in ("bigint", "int")


@pytest.mark.parametrize("name", TABLES)
def test_delta_schema_reads_back_as_the_arrow_schema(name: str, tmp_path) -> None:
    table = TABLES[name]
    partition = [table.partition] if table.partition else None
    created = DeltaTable.create(tmp_path / name, delta_schema(table), partition_by=partition)
    read = pa.schema(DeltaTable(created.table_uri).schema().to_arrow())
    expected = arrow_schema(table)
    assert read.names == expected.names
    for got, want in zip(read, expected, strict=True):
        assert got.nullable == want.nullable, got.name
        assert str(got.type).replace("string_view", "string") == str(want.type) or pa.types.is_nested(
            want.type
        ), got.name
    assert created.protocol().reader_features is None
    assert created.protocol().min_reader_version == 1


def test_files_leave_the_partition_column_out() -> None:
    for name in FACT_TABLES:
        assert "event_date" not in file_schema(TABLES[name]).names
    for name in KEYED_TABLES:
        assert file_schema(TABLES[name]) == arrow_schema(TABLES[name])


@pytest.mark.parametrize("name", TABLES)
def test_spark_schema_matches_arrow(name: str) -> None:
    from pyspark.sql.pandas.types import from_arrow_schema

    from warehouse.schemas.spark import spark_schema

    table = TABLES[name]
    ours, arrows = spark_schema(table), from_arrow_schema(arrow_schema(table))
    assert [(f.name, f.dataType.simpleString(), f.nullable) for f in ours] == [
        (f.name, f.dataType.simpleString(), f.nullable) for f in arrows
    ]
    assert all(f.metadata["comment"] for f in ours)


def test_importing_the_renderers_does_not_import_pyspark() -> None:
    code = "import sys, warehouse.schemas.spark, warehouse.schemas.delta; print('pyspark' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
