"""Where the splits of a batch are converted: threads here, Spark's executors in `warehouse.spark`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from warehouse.heap import LARGEST_IN_HEAPS, Setting, set_heap
from warehouse.lake.batches import BatchFolder
from warehouse.otlp.convert import Batch, ConvertResult, convert
from warehouse.otlp.splits import Split
from warehouse.telemetry import carried, span

_HEAP_BYTES = 64 << 20
"""A heap of a thread in the GNU library."""
Executor = Callable[[Sequence[Split], Batch], Iterator[ConvertResult]]
"""Runs `convert_and_keep` on every split, anywhere and in any order; yields one result for each split."""


def convert_and_keep(split: Split, batch: Batch) -> ConvertResult:
    """Convert one split and note its result in the batch's folder, where a later run finds it."""
    with span("convert", otlp_warehouse__ranges=len(split.ranges), otlp_warehouse__bytes=split.size):
        result = convert(split, batch)
        BatchFolder(batch.lake, batch.number).save_result(result)
    return result


def on_threads(workers: int) -> Executor:
    """An executor of this process: decoding and writing release the GIL."""
    # Of what a split frees the library's threads would give back nearly all, and blocks of files at once.
    set_heap({Setting.TOP_PAD: _HEAP_BYTES, Setting.MMAP_THRESHOLD: LARGEST_IN_HEAPS})

    def run(splits: Sequence[Split], batch: Batch) -> Iterator[ConvertResult]:
        # Threads, not processes: a killed run leaves nobody behind.
        work = carried(convert_and_keep)
        with ThreadPoolExecutor(workers) as pool:
            pending = [pool.submit(work, split, batch) for split in splits]
            try:
                for future in as_completed(pending):
                    yield future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    return run
