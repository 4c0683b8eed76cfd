"""Work handed to executors: one item for each Spark task, one small result back."""

from __future__ import annotations

import gc
import pickle
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from warehouse.errors import WarehouseError
from warehouse.spark.executors import check_executor, context_of, release
from warehouse.spark.failures import executor_failures
from warehouse.stores.places import Place, place
from warehouse.telemetry import Note, is_recorded, replay
from warehouse.telemetry.notes import noting

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Item = TypeVar("Item")
Result = TypeVar("Result")
InTask = Callable[[Iterable[bytes]], Iterator[bytes]]


def run_tasks(
    spark: SparkSession, work: Callable[[Item], Result], items: Sequence[Item], lake: Place, marker: Place
) -> list[Result]:
    """Run `work` on every item, each a Spark task of its own; the results in the order of the items.

    Several attempts of a task may run and write files of different names: the result that Spark hands over is
    that of the attempt that counts. The driver holds some kilobytes a task, and records the spans that tasks
    noted if it is recorded, by the clocks of their machines. Raises WarehouseError when the
    executors lack the package, have another release of it, or do not see `marker`, a file of the lake.
    """
    do = partial(_noted if is_recorded() else _unnoted, work=work)
    in_task = partial(_in_task, work=do, driver_release=release(), lake=str(lake), marker=str(marker))
    with executor_failures():
        found = _carried_out(spark, in_task, [pickle.dumps(item) for item in items])
    results = []
    for value in found:
        result, notes = pickle.loads(value)
        replay(notes)
        results.append(result)
    return results


def _carried_out(spark: SparkSession, in_task: InTask, given: list[bytes]) -> list[bytes]:
    """What tasks make of the given, in its order. An RDD spares Java a plan, a shuffle and compiled code."""
    if (context := context_of(spark)) is not None:
        return context.parallelize(given, len(given)).mapPartitions(in_task).collect()
    rows = pa.table({"task": pa.array(range(len(given)), pa.int32()), "given": given})
    # An exact partition for each item: hashing would put several into one task and none into others.
    frame = spark.createDataFrame(rows).repartitionById(len(given), "task")
    found = frame.mapInArrow(partial(_in_batches, in_task), "task int, result binary").toArrow()
    done: list[bytes] = found.sort_by("task").column("result").to_pylist()
    return done


def _unnoted(item: Any, work: Callable[[Any], Any]) -> tuple[Any, list[Note]]:
    return work(item), []


def _noted(item: Any, work: Callable[[Any], Any]) -> tuple[Any, list[Note]]:
    with noting("task", {"host.name": platform.node()}) as notes:
        result = work(item)
    return result, notes.spans


def lake_marker(lake: Place) -> Place:
    """A file that every lake has had from its beginning."""
    return lake / "ingest_files" / "_delta_log" / f"{0:020d}.json"


def _in_batches(in_task: InTask, rows: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for some in rows:
        done = list(in_task(some.column("given").to_pylist()))
        yield pa.RecordBatch.from_pydict({"task": some.column("task"), "result": done})


def _in_task(
    given: Iterable[bytes], work: Callable[[Any], Any], driver_release: str, lake: str, marker: str
) -> Iterator[bytes]:
    check_executor(driver_release)
    if not place(marker).is_file():
        raise WarehouseError(
            f"The executors cannot see the lake {lake}: put it where the driver and all executors reach it "
            "under the same path, and run this again."
        )
    for item in given:
        yield pickle.dumps(work(pickle.loads(item)))
    _spare_collection()


@cache
def _spare_collection() -> None:
    """Once in a process: Spark collects garbage after every task, 25 ms of it among what was imported."""
    gc.freeze()
