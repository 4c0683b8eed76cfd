"""Assembly with Spark as the scheduler: plan, lock and commits are those of `warehouse.traces`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from warehouse.spark.executors import cores
from warehouse.spark.tasks import Item, Result, lake_marker, run_tasks
from warehouse.stores.places import Place, place
from warehouse.traces.assemble import AssembleResult
from warehouse.traces.assemble import assemble as assemble_lake
from warehouse.traces.ranges import UNIT_ROWS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RUNS_PER_CORE = 3
"""Runs of units for each core: fewer make a lost task dear, more open every landing file more often."""


class Executors:
    """The session's executors as an assembly's crew: each run of units, and each date, is a Spark task."""

    shares_memory = False

    def __init__(self, spark: SparkSession, lake: Place, workers: int | None = None) -> None:
        self._spark, self._lake, self._workers = spark, lake, workers

    @property
    def runs(self) -> int:
        return RUNS_PER_CORE * (self._workers or cores(self._spark))

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        return iter(run_tasks(self._spark, work, items, self._lake, lake_marker(self._lake)) if items else ())

    def each_date(self, work: Callable[[Item], Result], days: Sequence[Item]) -> Iterator[Result]:
        return self.each(work, days)


def assemble(
    spark: SparkSession,
    lake: str | Place,
    *,
    settle: bool = False,
    workers: int | None = None,
    unit_rows: int = UNIT_ROWS,
) -> AssembleResult:
    """`warehouse.traces.assemble.assemble` with the session's executors carrying out units and judging dates.

    The lake must lie where driver and executors reach it under the same path. `workers` are the cores to cut
    the work for, those of the session when None. Raises WarehouseError as that function does, and when the
    executors lack the package, run another release of it or do not see the lake.
    """
    lake = place(lake).absolute()
    crew = Executors(spark, lake, workers)
    return assemble_lake(lake, settle=settle, unit_rows=unit_rows, crew=crew)
