"""`spark.read.format("otlp")`: the rows that ingest writes, picked and filtered before they reach Java."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from otlp_lines import mixed_lines, trace_line
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import IntegerType, LongType, MapType, StringType, StructField, StructType

from warehouse.lake.ingest import ingest
from warehouse.schemas.registry import FACT_TABLES, KEYED_TABLES, TABLES
from warehouse.spark.source import register
from warehouse.spark.source_options import READABLE

DATA = Path(__file__).parents[1] / "data"
_OF_THE_RUN = {"ingest_batch", "batch_id"}
pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "lake"
    ingest([DATA], folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _registered(spark: SparkSession) -> None:
    register(spark)


def _digest(rows: DataFrame) -> tuple[int, int]:
    """Number of rows and the sum of their hashes."""
    columns = [
        f.map_entries(c.name).cast("string").alias(c.name)
        if isinstance(c.dataType, MapType)
        else f.col(c.name)
        for c in rows.schema
        if c.name not in _OF_THE_RUN
    ]
    hashed = f.sum(f.xxhash64(*columns).cast("decimal(38,0)"))
    found = rows.agg(f.count("*"), hashed).first()
    assert found is not None
    return int(found[0]), int(found[1] or 0)


@pytest.mark.parametrize("name", READABLE)
def test_every_table_holds_what_ingest_writes(spark: SparkSession, lake: Path, name: str) -> None:
    table = f"{name}_landing" if f"{name}_landing" in FACT_TABLES else name
    read = spark.read.format("otlp").option("table", name).load(str(DATA))
    written = spark.read.format("delta").load(str(lake / table))
    assert read.columns == list(TABLES[table].column_names)
    if table in KEYED_TABLES:
        (key,) = TABLES[table].key
        assert _digest(read.select(key).distinct()) == _digest(written.select(key))
    else:
        digest = _digest(read)
        assert digest[0] > 0
        assert digest == _digest(written)


def test_a_schema_picks_columns(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(trace_line(1))
    picked = StructType([StructField("name", StringType()), StructField("duration_nano", LongType())])
    rows = spark.read.format("otlp").schema(picked).load(str(tmp_path)).orderBy("name").collect()
    assert [tuple(r) for r in rows] == [(f"operation-{n}", 1_000_000 - n) for n in range(3)]
    for wrong, told in (
        (StructField("nmae", StringType()), "The table spans_landing has no column nmae"),
        (StructField("kind", StringType()), "The column kind is int in spans_landing"),
    ):
        with pytest.raises(PySparkException, match=told):
            spark.read.format("otlp").schema(StructType([wrong])).load(str(tmp_path)).collect()


CONDITIONS = [
    "kind = 2",
    "kind in (1, 3)",
    "kind not in (1, 3)",
    "kind <> 2",
    "service_name is null",
    "service_name <=> 'frontend'",
    "not service_name <=> 'frontend'",
    "http_response_status_code >= 400",
    "not http_response_status_code < 400",
    "parent_span_id is not null and status_code = 2",
    "event_date between '2025-01-01' and '2027-01-01'",
    "name like 'G%'",
    "name like '%e'",
    "not name like '%a%'",
    "adjusted_count > 0.5",
    "kind = 2 or status_code = 2",
    "attributes['http.route'] = '/'",
    "length(name) > 10 and kind = 3",
    "trace_id > '8'",
]


def test_filters_pushed_down_keep_the_rows_that_spark_keeps(spark: SparkSession, lake: Path) -> None:
    read = spark.read.format("otlp").load(str(DATA))
    written = spark.read.format("delta").load(str(lake / "spans_landing")).cache()
    ids = ["trace_id", "span_id", "file_key", "byte_offset", "record_ordinal"]
    for condition in CONDITIONS:
        expected = _digest(written.filter(condition).select(ids))
        assert _digest(read.filter(condition).select(ids)) == expected, condition
    plan = read.filter("kind = 2 and name like 'G%'")._jdf.queryExecution().executedPlan().toString()
    assert "Filter (" not in plan, "Spark filters nothing again"
    written.unpersist()


def test_files_are_cut_into_a_task_a_split(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "large").write_text(mixed_lines(0, 6_000, padding=9_000))
    (tmp_path / "small").write_text(mixed_lines(10_000, 3))
    for n in range(3):
        (tmp_path / f"copy-{n}").write_bytes((tmp_path / "small").read_bytes())
    read = spark.read.format("otlp").load(str(tmp_path))
    assert read.select(f.spark_partition_id()).distinct().count() > 1
    assert read.count() == 3 * 2_001, "copies are read once"
    two = spark.read.format("otlp").load([str(tmp_path / "small"), f"file://{tmp_path}/large"])
    assert two.count() == 3 * 2_001


def test_no_files_is_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    assert spark.read.format("otlp").load(str(tmp_path)).collect() == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"table": "traces"}, r'made after ingest, so read it from a lake: spark.read.format\("delta"\)'),
        ({"table": "metrics"}, "OTLP files hold no table metrics: there are spans, span_events"),
        ({"maxDecompressed": "much"}, "The option maxDecompressed is much: give a whole number"),
        ({"path": "/nowhere/at/all"}, "nowhere"),
    ],
)
def test_wrong_options(spark: SparkSession, tmp_path: Path, options: dict[str, str], told: str) -> None:
    with pytest.raises(PySparkException, match=told):
        spark.read.format("otlp").options(**({"path": str(tmp_path)} | options)).load().collect()


def test_dates_and_numbers_keep_their_types(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(trace_line(1))
    row = spark.read.format("otlp").load(str(tmp_path)).orderBy("span_id").first()
    assert row is not None
    assert (row.event_date, row.kind, row.attributes) == (dt.date(2025, 11, 23), 2, {"padding": ""})
    assert isinstance(spark.read.format("otlp").load(str(tmp_path)).schema["kind"].dataType, IntegerType)


def test_spark_finds_it_by_its_name_alone(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(trace_line(1))
    fresh = spark.newSession()  # knows nothing of what others registered
    fresh.conf.set("spark.sql.python.filterPushdown.enabled", "false")
    found = fresh.read.format("otlp").load(str(tmp_path)).where("kind = 2 and name = 'operation-1'")
    assert [row.duration_nano for row in found.collect()] == [999_999]
