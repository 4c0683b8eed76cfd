"""Splits converted by Spark's executors: Spark schedules, the native code does the work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse.errors import WarehouseError
from warehouse.lake.execution import Executor, convert_and_keep
from warehouse.otlp.convert import Batch, ConvertResult
from warehouse.otlp.splits import Split
from warehouse.spark.executors import check_executor, release
from warehouse.spark.failures import executor_failures

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def on_executors(spark: SparkSession) -> Executor:
    """An executor of splits: one Spark task for each, whose result is one small row.

    Several attempts of a task write files of different names; the row that Spark hands over names the files
    of the attempt that counts. The driver holds some kilobytes a split, whatever the number of records.
    """

    def run(splits: Sequence[Split], batch: Batch) -> Iterator[ConvertResult]:
        rows = {
            "task": pa.array(range(len(splits)), pa.int32()),
            "split": [json.dumps(split.to_json()) for split in splits],
        }
        # An exact partition for each split: hashing would put several into one task and none into others.
        frame = spark.createDataFrame(pa.table(rows)).repartitionById(len(splits), "task")
        work = partial(convert_splits, batch=batch, driver_release=release())
        with executor_failures():
            found = frame.mapInArrow(work, "result string").toArrow()
        for text in found.column("result").to_pylist():
            yield ConvertResult.from_json(json.loads(text))

    return run


def convert_splits(
    rows: Iterable[pa.RecordBatch], batch: Batch, driver_release: str
) -> Iterator[pa.RecordBatch]:
    """What a task does: JSON texts of splits in, JSON texts of their results out.

    Raises WarehouseError when this executor does not see the lake, or has another release of the package.
    """
    check_executor(driver_release)
    if not (batch.stage / "plan.json").is_file():
        raise WarehouseError(
            f"The executors cannot see the lake {batch.lake}: put it where the driver and all executors "
            "reach it under the same path, and run ingest again."
        )
    for some in rows:
        for text in some.column("split").to_pylist():
            result = convert_and_keep(Split.from_json(json.loads(text)), batch)
            yield pa.RecordBatch.from_pydict({"result": [json.dumps(result.to_json())]})
