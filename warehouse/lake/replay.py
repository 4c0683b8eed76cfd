"""Replay: retry the bytes that were rejected, with what this release and these limits can read."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any

from warehouse.lake.batch_run import BatchRun, IngestResult, Progress
from warehouse.lake.creation import create_missing
from warehouse.lake.execution import Executor, on_threads
from warehouse.lake.failures import lake_errors
from warehouse.lake.ledger import Ledger
from warehouse.lake.lock import ingest_lock
from warehouse.lake.replay_batch import plan_replay
from warehouse.lake.replay_plan import choose
from warehouse.lake.tables import LEDGER, open_table, open_written
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.pending import RECORD_LIMIT
from warehouse.schemas.registry import FACT_TABLES
from warehouse.stores.places import Place, place


@dataclass(slots=True)
class ReplayResult:
    """What a replay did. `batch_id` is None when nothing changed; `rows` counts rows by lake table.

    Of `retried` rejects `recovered` left, their records being rows now, or rejects for another reason; the
    others are still rejected. `unreachable` are not retried because their source is gone or holds other bytes
    and too little of them was kept; `unfinished` because ingest itself goes on there: at the limit of
    decompression once that is higher, and where the file could not be read.
    """

    batch_id: int | None = None
    retried: int = 0
    recovered: int = 0
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FACT_TABLES, 0))
    unreachable: int = 0
    unfinished: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The object of `rejects --replay --json`; landing tables go by the name of what they hold."""
        return {
            "batch_id": self.batch_id,
            "retried": self.retried,
            "recovered": self.recovered,
            "rows": {name.removesuffix("_landing"): rows for name, rows in self.rows.items()},
            "unreachable": self.unreachable,
            "unfinished": self.unfinished,
            "seconds": round(self.seconds, 3),
        }


def replay(
    lake: str | Place,
    *,
    reason: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    split_bytes: int | None = None,
    record_limit: int = RECORD_LIMIT,
    max_decompressed: int = DECOMPRESSED_LIMIT,
    executor: Executor | None = None,
) -> ReplayResult:
    """Retry the rejects of the lake, all or those of one reason, as one batch.

    A source file that still holds what was read from it is read again, and only what was rejected is taken;
    of one that is gone or changed, messages are retried whose bytes are kept whole. Records that decode now
    become rows and their rejects leave; the ledger gets a row of differences per file. Running it again
    changes nothing more. A batch that an earlier run left unfinished is completed first. Parameters are those
    of `ingest`. Raises WarehouseError when there is no lake, it cannot be written, or an ingest is running.
    """
    started, lake = time.monotonic(), place(lake)
    result, done = ReplayResult(), IngestResult()
    open_table(lake, LEDGER)
    with lake_errors(lake, "rejects --replay"), ingest_lock(lake):
        create_missing(lake)
        workers = workers or len(os.sched_getaffinity(0))
        executor, held = executor or on_threads(workers), open_written(lake, LEDGER)
        run = BatchRun(lake, held, executor, progress, record_limit, max_decompressed)
        last = run.complete_unfinished(IngestResult())
        chosen = choose(lake, Ledger.read(lake), reason)
        result.unreachable, result.unfinished = chosen.unreachable, chosen.unfinished
        if chosen.files:
            plan = plan_replay(lake, last + 1, chosen, workers, split_bytes, max_decompressed)
            result.retried = chosen.retried
            outcome = run.carry_out(plan, done)
            if outcome:
                result.batch_id, result.rows = plan.number, done.rows
                result.recovered = outcome.leaving.num_rows
    result.seconds = time.monotonic() - started
    return result
