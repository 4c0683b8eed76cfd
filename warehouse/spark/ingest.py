"""Ingest with Spark as the scheduler: the plan, the lock and the commits are those of `warehouse.lake`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.lake.ingest import IngestResult
from warehouse.lake.ingest import ingest as ingest_into_lake
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.pending import RECORD_LIMIT
from warehouse.spark.conversion import on_executors
from warehouse.spark.executors import cores
from warehouse.stores.places import Place, place

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SPLIT_BYTES = 256 * 1024 * 1024
"""Source bytes of a task at most: half a second of work, beside which 30 ms from task to task are little."""


def ingest(
    spark: SparkSession,
    sources: Iterable[str | Path],
    lake: str | Place,
    *,
    workers: int | None = None,
    split_bytes: int | None = None,
    record_limit: int = RECORD_LIMIT,
    max_decompressed: int = DECOMPRESSED_LIMIT,
) -> IngestResult:
    """`warehouse.lake.ingest.ingest` with the session's executors converting the splits.

    Sources and lake must lie where driver and executors reach them under the same path. `workers` only sizes
    the splits of small batches. Raises WarehouseError as that function does, and when the executors lack the
    package, run another release of it or do not see the lake.
    """
    return ingest_into_lake(
        sources,
        place(lake).absolute(),  # executors have working folders of their own
        workers=workers or cores(spark),
        split_bytes=split_bytes,
        most_split_bytes=SPLIT_BYTES,
        record_limit=record_limit,
        max_decompressed=max_decompressed,
        executor=on_executors(spark),
    )
