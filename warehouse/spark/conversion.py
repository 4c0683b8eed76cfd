"""Splits converted by Spark's executors: Spark schedules, the native code does the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from warehouse.lake.execution import Executor, convert_and_keep
from warehouse.otlp.convert import Batch, ConvertResult
from warehouse.otlp.splits import Split
from warehouse.spark.tasks import run_tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def on_executors(spark: SparkSession) -> Executor:
    """An executor of splits: one Spark task for each."""

    def run(splits: Sequence[Split], batch: Batch) -> Iterator[ConvertResult]:
        items = [split.to_json() for split in splits]
        found = run_tasks(spark, partial(_convert, batch), items, batch.lake, batch.stage / "plan.json")
        return map(ConvertResult.from_json, found)

    return run


def _convert(batch: Batch, split: Any) -> Any:
    return convert_and_keep(Split.from_json(split), batch).to_json()
