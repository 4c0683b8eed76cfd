"""Ingest: plan a batch, convert its splits on all cores, commit it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from warehouse.lake.batch_run import BatchRun, IngestResult, Progress
from warehouse.lake.batches import BatchFolder, BatchPlan
from warehouse.lake.creation import create_missing
from warehouse.lake.execution import Executor, on_threads
from warehouse.lake.failures import lake_errors
from warehouse.lake.ledger import Ledger
from warehouse.lake.lock import ingest_lock
from warehouse.lake.planning import sort_out
from warehouse.lake.replay_batch import plan_replay
from warehouse.lake.replay_plan import choose_unread
from warehouse.lake.tables import LEDGER, open_written
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.pending import RECORD_LIMIT
from warehouse.otlp.sources import find_files, path_text
from warehouse.otlp.splits import SPLIT_BYTES, plan_splits, split_bytes_for
from warehouse.stores.places import Place, place
from warehouse.telemetry import count

__all__ = ["IngestResult", "Progress", "ingest"]


def ingest(
    sources: Iterable[str | Path],
    lake: str | Place,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    split_bytes: int | None = None,
    most_split_bytes: int = SPLIT_BYTES,
    record_limit: int = RECORD_LIMIT,
    max_decompressed: int = DECOMPRESSED_LIMIT,
    executor: Executor | None = None,
) -> IngestResult:
    """Bring everything in the sources that the lake does not hold yet into it, as one batch.

    A batch that an earlier run left unfinished is completed first, then pieces of files are tried again that
    could not be read. Source files are only read. `workers` are
    threads, all cores when None, or the cores that `executor` has; `split_bytes` is the size of a piece of
    work, chosen up to `most_split_bytes` when None, both multiples of BLOCK_BYTES; no more than
    `max_decompressed` bytes are taken from one compressed file.
    Raises WarehouseError when a source is missing, the lake cannot be written, or another ingest is running.
    """
    started, lake = time.monotonic(), place(lake)
    paths = find_files(sources, leave_out=lake)
    done = IngestResult()
    with lake_errors(lake, "ingest"):
        lake.mkdir(parents=True, exist_ok=True)
        with ingest_lock(lake):
            create_missing(lake)
            workers = workers or len(os.sched_getaffinity(0))
            executor = executor or on_threads(workers)
            held = open_written(lake, LEDGER)
            run = BatchRun(lake, held, executor, progress, record_limit, max_decompressed)
            last = run.complete_unfinished(done)
            ledger = Ledger.read(lake) if last else Ledger.empty()
            found = sort_out(paths, ledger, max_decompressed)
            done.skipped = found.skipped
            if (again := choose_unread(lake, ledger, map(path_text, paths))).files:
                retried = plan_replay(lake, last + 1, again, workers, split_bytes, max_decompressed)
                last += run.carry_out(retried, done) is not None
            if found.has_work:
                total = sum(f.bytes_to_read for f in found.files)
                splits = plan_splits(
                    found.files,
                    split_bytes or split_bytes_for(total, workers, most_split_bytes),
                    max_decompressed=max_decompressed,
                    workers=min(workers, len(os.sched_getaffinity(0))),
                )
                plan = BatchPlan(last + 1, time.time_ns(), tuple(found.files), tuple(splits))
                BatchFolder(lake, plan.number).save_plan(plan)
                run.carry_out(plan, done)
    done.seconds = time.monotonic() - started
    _tell(done)
    return done


def _tell(done: IngestResult) -> None:
    count("files.read", done.files, "{file}")
    count("bytes.read", done.bytes, "By")
    count("records.rejected", done.rejects, "{record}")
    for table, rows in done.rows.items():
        count("rows.written", rows, "{row}", db__collection__name=table)
