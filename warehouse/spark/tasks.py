"""Work handed to executors: a text for each Spark task, a text back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warehouse.errors import WarehouseError
from warehouse.spark.executors import check_executor, release
from warehouse.spark.failures import executor_failures

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Work = Callable[[Any], Any]
"""What a task does: a JSON value in, a JSON value out. Executors import it by its name."""


def run_tasks(spark: SparkSession, work: Work, items: Sequence[Any], lake: Path, marker: Path) -> list[Any]:
    """Run `work` on every item, each a Spark task of its own; the results in any order.

    Several attempts of a task may run and write files of different names: the result that Spark hands over is
    that of the attempt that counts. The driver holds some kilobytes a task. Raises WarehouseError when the
    executors lack the package, have another release of it, or do not see `marker`, a file of the lake.
    """
    rows = {
        "task": pa.array(range(len(items)), pa.int32()),
        "given": [json.dumps(item) for item in items],
    }
    # An exact partition for each item: hashing would put several into one task and none into others.
    frame = spark.createDataFrame(pa.table(rows)).repartitionById(len(items), "task")
    on_executor = partial(_in_task, work=work, driver_release=release(), lake=str(lake), marker=str(marker))
    with executor_failures():
        found = frame.mapInArrow(on_executor, "result string").toArrow()
    return [json.loads(text) for text in found.column("result").to_pylist()]


def _in_task(
    rows: Iterable[pa.RecordBatch], work: Work, driver_release: str, lake: str, marker: str
) -> Iterator[pa.RecordBatch]:
    check_executor(driver_release)
    if not Path(marker).is_file():
        raise WarehouseError(
            f"The executors cannot see the lake {lake}: put it where the driver and all executors reach it "
            "under the same path, and run this again."
        )
    for some in rows:
        for text in some.column("given").to_pylist():
            yield pa.RecordBatch.from_pydict({"result": [json.dumps(work(json.loads(text)))]})
