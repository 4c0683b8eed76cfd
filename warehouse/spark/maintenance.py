"""Compaction with Spark as the scheduler: plan, lock and commits are those of `warehouse.lake`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.lake.compaction import Compacted, Compactor, compact
from warehouse.lake.compaction_plan import Group
from warehouse.lake.optimize import OptimizeResult
from warehouse.lake.optimize import optimize as optimize_lake
from warehouse.schemas.parquet import PartFile
from warehouse.spark.tasks import run_tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_MARKER = Path("ingest_files") / "_delta_log" / f"{0:020d}.json"


def optimize(
    spark: SparkSession, lake: str | Path, tables: Sequence[str] = (), *, most_rows: int | None = None
) -> OptimizeResult:
    """`warehouse.lake.optimize.optimize` with the session's executors merging the files."""
    lake = Path(lake).absolute()
    return optimize_lake(lake, tables, most_rows=most_rows, compactor=on_executors(spark))


def on_executors(spark: SparkSession) -> Compactor:
    """A compactor: one Spark task for each group of files."""

    def run(lake: Path, groups: Sequence[Group], number: int) -> Iterator[Compacted]:
        items = [[place, group.to_json()] for place, group in enumerate(groups)]
        for place, part in run_tasks(spark, partial(_compact, lake, number), items, lake, lake / _MARKER):
            yield Compacted(place, PartFile(**part))

    return run


def _compact(lake: Path, number: int, item: Any) -> Any:
    place, group = item
    return [place, asdict(compact(lake, Group.from_json(group), number))]
