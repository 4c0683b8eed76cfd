"""Compaction with Spark as the scheduler: plan, lock and commits are those of `warehouse.lake`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING

from warehouse.lake.compaction import Compacted, Compactor, compact
from warehouse.lake.compaction_plan import Group
from warehouse.lake.optimize import OptimizeResult
from warehouse.lake.optimize import optimize as optimize_lake
from warehouse.spark.tasks import lake_marker, run_tasks
from warehouse.stores.places import Place, place

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def optimize(
    spark: SparkSession, lake: str | Place, tables: Sequence[str] = (), *, most_rows: int | None = None
) -> OptimizeResult:
    """`warehouse.lake.optimize.optimize` with the session's executors merging the files."""
    lake = place(lake).absolute()
    return optimize_lake(lake, tables, most_rows=most_rows, compactor=on_executors(spark))


def on_executors(spark: SparkSession) -> Compactor:
    """A compactor: one Spark task for each group of files."""

    def run(lake: Place, groups: Sequence[Group], number: int) -> Iterator[Compacted]:
        found = run_tasks(spark, partial(compact, lake, number=number), groups, lake, lake_marker(lake))
        return starmap(Compacted, enumerate(found))

    return run
