"""Tables of either engine, read by every reader, and after the other engine tidied them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import duckdb_extension_delta
import pyarrow as pa
import pytest
from cli import run
from deltalake import DeltaTable
from otlp_lines import mixed_lines
from pyspark.sql import SparkSession

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.registry import TABLES
from warehouse.spark.assembly import assemble as assemble_on_spark
from warehouse.spark.ingest import ingest as ingest_on_spark
from warehouse.traces.assemble import assemble

pytestmark = [pytest.mark.surfaces, pytest.mark.spark]
TIDIED = ("log_records", "number_points", "ingest_files")
Reader = Callable[[SparkSession, DeltaTable, Path], pa.Table]


def _by_duckdb(_: SparkSession, table: DeltaTable, __: Path) -> pa.Table:
    return duckdb.sql(f"from read_parquet({table.file_uris()!r}, hive_partitioning = true)").to_arrow_table()


def _by_delta_rs(_: SparkSession, table: DeltaTable, __: Path) -> pa.Table:
    return table.to_pyarrow_table()


def _by_spark(spark: SparkSession, table: DeltaTable, folder: Path) -> pa.Table:
    return spark.read.format("delta").option("versionAsOf", table.version()).load(str(folder)).toArrow()


def _by_delta_extension(_: SparkSession, table: DeltaTable, folder: Path) -> pa.Table:
    """The whole extension comes as a Python package: nothing is downloaded while tests run."""
    (extension,) = Path(duckdb_extension_delta.__path__[0]).rglob("*.duckdb_extension")
    with duckdb.connect() as con:
        con.load_extension(str(extension))
        return con.sql(f"from delta_scan('{folder}', version = {table.version()})").to_arrow_table()


READERS: dict[str, Reader] = {
    "duckdb": _by_duckdb,
    "duckdb_delta": _by_delta_extension,
    "delta_rs": _by_delta_rs,
    "spark": _by_spark,
}


def _digest(name: str, rows: pa.Table) -> tuple[int, int]:
    """Number of rows and sum of their hashes, in the types of the registry."""
    schema = arrow_schema(TABLES[name])
    typed = rows.select(schema.names).cast(schema)  # noqa: F841 - DuckDB finds it by its name
    hashed = ", ".join(f'"{column}"' for column in schema.names)
    (found,) = duckdb.sql(f"select count(*), coalesce(sum(hash({hashed})), 0) from typed").fetchall()
    return int(found[0]), int(found[1])


def _as_read(reader: Reader, spark: SparkSession, lake: Path) -> dict[str, tuple[int, int]]:
    """The content of every table that has files."""
    tables = {name: table for name, table in snapshot(lake).items() if table.file_uris()}
    return {name: _digest(name, reader(spark, table, lake / name)) for name, table in tables.items()}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sources")
    for n in range(2):
        (folder / f"{n}").write_text(mixed_lines(n * 20, 20) + '{"broken"\n')
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def lakes(
    spark: SparkSession, sources: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Lakes of two batches, by the engine that wrote them."""
    folder = tmp_path_factory.mktemp("interop")
    for source in sources:
        ingest([source], folder / "cli")
        ingest_on_spark(spark, [source], folder / "spark", workers=2)
    assemble(folder / "cli", settle=True)
    assemble_on_spark(spark, folder / "spark", settle=True, workers=1)
    return {"cli": folder / "cli", "spark": folder / "spark"}


@pytest.mark.parametrize("writer", ["cli", "spark"])
def test_every_reader_sees_the_same_rows(spark: SparkSession, lakes: dict[str, Path], writer: str) -> None:
    found = {name: _as_read(reader, spark, lakes[writer]) for name, reader in READERS.items()}
    assert len(found["duckdb"]) >= 12
    assert found["delta_rs"] == found["spark"] == found["duckdb_delta"] == found["duckdb"]


def test_readers_keep_what_the_ledger_names_when_spark_tidies(
    spark: SparkSession, lakes: dict[str, Path], tmp_path: Path
) -> None:
    stock = Path(shutil.copytree(lakes["cli"], tmp_path / "lake"))
    before = _as_read(_by_duckdb, spark, stock)
    for name in TIDIED:
        spark.sql(f"optimize delta.`{stock / name}`")
        newest = DeltaTable(stock / name)
        assert newest.history(1)[0]["operation"] == "OPTIMIZE"
        assert _digest(name, _by_delta_rs(spark, newest, stock / name)) == before[name]
    spark.sql(f"vacuum delta.`{stock / TIDIED[0]}`")
    assert _as_read(_by_spark, spark, stock) == before, "what the ledger names is still there"


FEATURES = {
    "log_records": ("deletionVectors", "enableDeletionVectors", "true"),
    "number_points": ("columnMapping", "columnMapping.mode", "name"),
    "exemplars": ("rowTracking", "enableRowTracking", "true"),
    "traces": ("v2Checkpoint", "checkpointPolicy", "v2"),
    "scopes": ("typeWidening", "enableTypeWidening", "true"),
    "resources": ("inCommitTimestamp", "enableInCommitTimestamps", "true"),
    "rejects": ("vacuumProtocolCheck", "feature.vacuumProtocolCheck", "supported"),
}
"""By table: a feature that shuts somebody out, and the property that switches it on."""


def test_doctor_names_what_spark_switched_on(
    spark: SparkSession, lakes: dict[str, Path], tmp_path: Path
) -> None:
    lake = Path(shutil.copytree(lakes["cli"], tmp_path / "lake"))
    harmless = "delta.enableChangeDataFeed = true"
    spark.sql(f"alter table delta.`{lake / 'spans'}` set tblproperties ({harmless})")
    for table, (_, name, value) in FEATURES.items():
        spark.sql(f"alter table delta.`{lake / table}` set tblproperties ('delta.{name}' = '{value}')")
    done = run("doctor", "--lake", lake, "--json", cwd=tmp_path)
    found = {f["subject"]: f["detail"] for f in json.loads(done.stdout) if f["state"] == "broken"}
    assert done.returncode == 1
    assert found.keys() == {f"table {table}" for table in FEATURES}
    for table, (feature, *_) in FEATURES.items():
        assert feature in found[f"table {table}"]
