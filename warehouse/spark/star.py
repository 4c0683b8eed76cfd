"""The star schema as Delta tables: the dbt project on Spark, over views of one complete batch of the lake."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from warehouse.lake.snapshot import snapshot
from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES
from warehouse.schemas.spark import spark_schema
from warehouse.serve import locator
from warehouse.serve.data_files import data_files
from warehouse.spark.built_star import BuiltStar
from warehouse.spark.dbt_session import project_hash, run_models
from warehouse.spark.places import shared_folder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(slots=True)
class StarResult:
    """Rows of every table, the dates that were redone, and the versions of the lake's tables behind them."""

    rows: dict[str, int] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def build_star(spark: SparkSession, lake: str | Path, out: str | Path, *, full: bool = False) -> StarResult:
    """Build the models that Spark can build as Delta tables in `out`, a folder for each.

    Dates whose files in the lake are those of the last build are left as they are, unless `full`, or the
    models, are others. The session's catalog gets the databases `lake`, `staging`, `intermediate` and `main`.
    Raises WarehouseError when there is no lake, dbt-spark is missing, or a model cannot be built; the next
    run redoes the dates of a run that failed.
    """
    started, lake, out = time.monotonic(), shared_folder(lake), shared_folder(out)
    tables = snapshot(lake)
    done = StarResult(versions={name: table.version() for name, table in tables.items()})
    dates = _dates(tables)
    now, last = BuiltStar.of(project_hash(), done.versions, dates), None if full else BuiltStar.read(out)
    if now == last:
        return done
    due = now.changed_since(last)
    done.dates = sorted(
        {day for fingerprints in now.dates.values() for day in fingerprints} if due is None else due
    )
    _create_views(spark, lake, tables)
    spark.createDataFrame(dates).write.format("delta").mode("overwrite").save(str(out / "lake_dates"))
    spark.sql(f"create table if not exists lake.lake_dates using delta location '{out / 'lake_dates'}'")
    for model in run_models(out, due):
        done.rows[model] = DeltaTable(out / model).count()
    now.write(out)
    done.seconds = time.monotonic() - started
    return done


def _dates(tables: Mapping[str, DeltaTable]) -> pa.Table:
    """The rows of `lake.lake_dates`, as a served file has them."""
    files = pa.concat_tables([data_files(TABLES[name], delta) for name, delta in tables.items()])
    with duckdb.connect() as con:
        con.execute("create schema lake")
        locator.record(con, files, {name: str(delta.metadata().id) for name, delta in tables.items()})
        return con.sql("from lake.lake_dates").to_arrow_table()


def _create_views(spark: SparkSession, lake: Path, tables: Mapping[str, DeltaTable]) -> None:
    """A view `lake.<table>` of each pinned version, with the registry's columns."""
    spark.sql("create database if not exists lake")
    for table in TABLES.values():
        present = {field.name for field in tables[table.name].schema().fields}
        spark.sql(
            f"create or replace view lake.{table.name} as select {_select_list(table, present)} "
            f"from delta.`{lake / table.name}` version as of {tables[table.name].version()}"
        )


def _select_list(table: Table, present: set[str]) -> str:
    return ", ".join(
        c.name if c.name in present else f"cast(null as {c.dataType.simpleString()}) as {c.name}"
        for c in spark_schema(table)
    )
