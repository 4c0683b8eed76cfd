"""Work handed to executors: one item for each Spark task, one small result back."""

from __future__ import annotations

import pickle
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from warehouse.errors import WarehouseError
from warehouse.spark.executors import check_executor, release
from warehouse.spark.failures import executor_failures
from warehouse.stores.places import Place, place
from warehouse.telemetry import Note, is_recorded, replay
from warehouse.telemetry.notes import noting

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_tasks(
    spark: SparkSession, work: Callable[[Item], Result], items: Sequence[Item], lake: Place, marker: Place
) -> list[Result]:
    """Run `work` on every item, each a Spark task of its own; the results in the order of the items.

    Several attempts of a task may run and write files of different names: the result that Spark hands over is
    that of the attempt that counts. The driver holds some kilobytes a task, and records the spans that tasks
    noted if it is recorded, by the clocks of their machines. Raises WarehouseError when the
    executors lack the package, have another release of it, or do not see `marker`, a file of the lake.
    """
    rows = {
        "task": pa.array(range(len(items)), pa.int32()),
        "given": [pickle.dumps(item) for item in items],
    }
    # An exact partition for each item: hashing would put several into one task and none into others.
    frame = spark.createDataFrame(pa.table(rows)).repartitionById(len(items), "task")
    do = partial(_noted if is_recorded() else _unnoted, work=work)
    on_executor = partial(_in_task, work=do, driver_release=release(), lake=str(lake), marker=str(marker))
    with executor_failures():
        found = frame.mapInArrow(on_executor, "task int, result binary").toArrow()
    results = []
    for value in found.sort_by("task").column("result").to_pylist():
        result, notes = pickle.loads(value)
        replay(notes)
        results.append(result)
    return results


def _unnoted(item: Any, work: Callable[[Any], Any]) -> tuple[Any, list[Note]]:
    return work(item), []


def _noted(item: Any, work: Callable[[Any], Any]) -> tuple[Any, list[Note]]:
    with noting("task", {"host.name": platform.node()}) as notes:
        result = work(item)
    return result, notes.spans


def lake_marker(lake: Place) -> Place:
    """A file that every lake has had from its beginning."""
    return lake / "ingest_files" / "_delta_log" / f"{0:020d}.json"


def _in_task(
    rows: Iterable[pa.RecordBatch], work: Callable[[Any], Any], driver_release: str, lake: str, marker: str
) -> Iterator[pa.RecordBatch]:
    check_executor(driver_release)
    if not place(marker).is_file():
        raise WarehouseError(
            f"The executors cannot see the lake {lake}: put it where the driver and all executors reach it "
            "under the same path, and run this again."
        )
    for some in rows:
        for task, given in zip(*(some.column(name).to_pylist() for name in ("task", "given")), strict=True):
            result = pickle.dumps(work(pickle.loads(given)))
            yield pa.RecordBatch.from_pydict({"task": pa.array([task], pa.int32()), "result": [result]})
