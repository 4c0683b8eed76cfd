"""Splits converted by Spark's executors: Spark schedules, the native code does the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from warehouse.lake.execution import Executor, convert_and_keep
from warehouse.otlp.convert import Batch, ConvertResult
from warehouse.otlp.splits import Split
from warehouse.spark.tasks import run_tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def on_executors(spark: SparkSession) -> Executor:
    """An executor of splits: one Spark task for each."""

    def run(splits: Sequence[Split], batch: Batch) -> Iterator[ConvertResult]:
        work = partial(convert_and_keep, batch=batch)
        return iter(run_tasks(spark, work, splits, batch.lake, batch.stage / "plan.json"))

    return run
