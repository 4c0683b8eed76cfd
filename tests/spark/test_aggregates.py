"""The cubes of `aggregate_services` equal those of dbt row for row; its transforms on known rows."""

from __future__ import annotations

import json
import random
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

sys.path.append(str(Path(__file__).parents[1] / "serve"))

from small_lake import small_rows, write_lake

from jobs.aggregate_services import main
from warehouse.serve.build import build
from warehouse.spark.aggregates import CELL, EDGE, OTHERS, service_calls, span_latency
from warehouse.spark.buckets import exponential_bucket

pytestmark = [pytest.mark.slow, pytest.mark.spark]
CUBES = ("cube_span_latency", "cube_service_calls")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake of oddities and the DuckDB file built from it."""
    folder = tmp_path_factory.mktemp("served")
    build(write_lake(folder / "lake", small_rows()), folder / "warehouse.duckdb")
    return folder


def _columns(con: duckdb.DuckDBPyConnection, cube: str) -> list[str]:
    return [c for c, *_ in con.execute(f"describe {cube}").fetchall()]


def _both(served: Path, out: Path, cube: str, condition: str) -> tuple[list[Any], list[Any]]:
    """Sorted rows of dbt's cube and of the job's, columns in dbt's order."""
    with duckdb.connect(str(served / "warehouse.duckdb"), read_only=True) as con:
        columns = ", ".join(_columns(con, cube))
        dbt = con.sql(
            f"select {columns} from {cube} where grain <> '5min' and {condition} order by all"
        ).fetchall()
    with duckdb.connect() as con:
        files = [str(f) for f in (out / cube).glob("event_date=*/*.parquet")]
        job = con.sql(
            f"select {columns} from read_parquet({files!r}, hive_partitioning = true, "
            f"hive_types = {{'event_date': date}}) where {condition} order by all"
        ).fetchall()
    return dbt, job


@pytest.mark.parametrize("cube", CUBES)
def test_cubes_equal_those_of_dbt(
    spark: SparkSession, served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], cube: str
) -> None:
    assert main(["--lake", str(served / "lake"), "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    dbt, job = _both(served, tmp_path, cube, "true")
    assert len(job) == told["rows"][cube] > 20
    assert job == dbt


def test_a_later_run_replaces_later_dates(spark: SparkSession, served: Path, tmp_path: Path) -> None:
    assert main(["--lake", str(served / "lake"), "--out", str(tmp_path)]) == 0
    before = spark.read.format("delta").load(str(tmp_path / CUBES[0])).collect()
    assert main(["--lake", str(served / "lake"), "--out", str(tmp_path), "--since", "2026-11-21"]) == 0
    after = spark.read.format("delta").load(str(tmp_path / CUBES[0]))
    assert sorted(map(str, after.collect())) == sorted(map(str, before))
    removed = spark.sql(f"describe history delta.`{tmp_path / CUBES[0]}`").first()
    assert removed is not None and "2026-11-21" in removed.operationParameters["predicate"]
    with pytest.raises(SystemExit, match="2"):
        main(["--since", "yesterday"])


def test_buckets_are_exact_at_their_bounds(spark: SparkSession) -> None:
    seed = random.randrange(2**31)
    print("seed", seed)
    draw = random.Random(seed)
    values = [0, -5, 1, 2, 3, 2**63 - 1] + [2**k + d for k in range(2, 63) for d in (-1, 0, 1)]
    values += [round(2 ** (draw.randrange(4030) / 64)) + draw.choice((-1, 0, 1)) for _ in range(500)]
    rows = spark.createDataFrame([(v,) for v in values], "d long")
    for row in rows.selectExpr("d", f"{exponential_bucket('d')} as bucket").collect():
        if row.d <= 0:
            assert row.bucket == -32768
        else:  # d lies in (2^(i/64), 2^((i+1)/64)]
            assert 2**row.bucket < row.d**64 <= 2 ** (row.bucket + 1) if row.d > 1 else row.bucket == -1


def _spans(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    from warehouse.schemas.registry import TABLES
    from warehouse.schemas.spark import spark_schema

    schema = spark_schema(TABLES["spans"])
    plain: dict[str, Any] = {
        "event_date": date(2026, 11, 20),
        "attributes": {},
        "service_name": "a",
        "kind": 1,
        "status_code": 0,
        "operation_key": 1,
        "duration_nano": 8,
        "adjusted_count": 1.0,
        "issues": 0,
        "child_count": 0,
        "start_time_unix_nano": 1_795_132_800_000_000_000,
        "trace_id": "t",
        "name": "n",
    }
    for field in schema:
        field.nullable = True
    return spark.createDataFrame([tuple((plain | row).get(f.name) for f in schema) for row in rows], schema)


def test_span_latency_sums_cells(spark: SparkSession) -> None:
    spans = _spans(
        spark,
        {"attributes": {"http.status_code": "404"}},
        {"attributes": {"http.status_code": "404"}, "adjusted_count": 4.0},
        {"service_name": None, "duration_nano": -1},
    )
    found = (
        span_latency(spark, spans)
        .where("grain = 'day'")
        .select(*CELL, "bucket_index", "span_count", "adjusted_count")
    )
    expected = spark.sql(
        "select * from values ('a', 1L, 1, 0, '4xx', 191, 2L, 5.000000BD), "
        "('(unnamed)', 1L, 1, 0, 'none', -32768, 1L, 1.000000BD) "
        f"as t({', '.join(CELL)}, bucket_index, span_count, adjusted_count)"
    )
    assert_df_equality(
        found,
        expected.withColumn("adjusted_count", expected.adjusted_count.cast("decimal(38,6)")),
        ignore_nullable=True,
        ignore_metadata=True,
        ignore_row_order=True,
    )


def test_service_calls_observes_and_infers(spark: SparkSession) -> None:
    spans = _spans(
        spark,
        {
            "span_id": "1",
            "kind": 3,
            "child_count": 0,
            "db_system_name": "postgresql",
            "attributes": {"db.name": "shop"},
        },
        {"span_id": "2", "kind": 2, "parent_service_name": "web", "is_remote_parent": True, "status_code": 2},
        {"span_id": "3", "kind": 3, "child_count": 1, "server_address": "answered"},
        {"span_id": "4", "kind": 2, "parent_span_id": "3"},
        {"span_id": "5", "kind": 3, "child_count": 0, "server_address": "violates", "issues": 4},
    )
    links = spark.sql(
        "select date'2026-11-20' event_date, '' trace_id, '' span_id, '' linked_trace_id, '' linked_span_id"
    )
    found = (
        service_calls(spark, spans, links).where("grain = 'hour'").select(*EDGE, "call_count", "error_count")
    )
    expected = spark.sql(
        "select * from values ('a', 'postgresql/shop', 'database', 'db', true, 1L, 0L), "
        "('web', 'a', 'service', 'other', false, 1L, 1L) "
        f"as t({', '.join(EDGE)}, call_count, error_count)"
    )
    assert_df_equality(found, expected, ignore_nullable=True, ignore_metadata=True, ignore_row_order=True)


def test_the_key_of_what_is_beyond_the_limit_is_that_of_dbt(spark: SparkSession) -> None:
    sql = OTHERS.replace("> 10000", "> 1")
    found = spark.sql(sql, spans=_spans(spark, {"operation_key": 1}, {"operation_key": 2, "kind": 2}))
    expected = duckdb.sql(
        "select cast(md5_number_lower(concat_ws(chr(31), 'a', '__other__', 2)) >> 1 as bigint)"
    ).fetchone()
    assert [tuple(r)[2] for r in found.collect()] == list(expected or ())
