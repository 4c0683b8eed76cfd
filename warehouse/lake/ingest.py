"""Ingest: plan a batch, convert its splits on all cores, commit it."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake.exceptions import DeltaError

from warehouse.errors import WarehouseError
from warehouse.lake.accounts import ledger_rows
from warehouse.lake.assembly_commit import finish_assembly_commit
from warehouse.lake.batches import BatchFolder, BatchPlan, clear_remains, unfinished
from warehouse.lake.commit import INGEST_APP, Run, commit_parts, last_batch, versions_metadata
from warehouse.lake.execution import Executor, on_threads
from warehouse.lake.keyed import merge_entities, merge_rejects
from warehouse.lake.ledger import Ledger
from warehouse.lake.lock import commit_lock, ingest_lock
from warehouse.lake.planning import sort_out
from warehouse.lake.snapshot import pinned_versions
from warehouse.lake.tables import INGEST_TABLES, LEDGER, create_missing, open_table
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.convert import ConvertResult
from warehouse.otlp.framing import RECORD_LIMIT
from warehouse.otlp.sources import find_files
from warehouse.otlp.splits import plan_splits, split_bytes_for
from warehouse.schemas.parquet import PartFile, write_part
from warehouse.schemas.registry import FACT_TABLES, KEYED_TABLES, TABLES

Progress = Callable[[int, int], None]
"""Called with source bytes done and source bytes in all."""


@dataclass(slots=True)
class IngestResult:
    """What a run did. `batch_id` is None when there was nothing to do; `rows` counts rows by lake table."""

    batch_id: int | None = None
    files: int = 0
    skipped: int = 0
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FACT_TABLES, 0))
    rejects: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The object of `ingest --json`; landing tables go by the name of what they hold."""
        return {
            "batch_id": self.batch_id,
            "files": self.files,
            "skipped": self.skipped,
            "rows": {name.removesuffix("_landing"): rows for name, rows in self.rows.items()},
            "rejects": self.rejects,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> IngestResult:
        """The result that `to_json` told of."""
        rows = value["rows"]
        return cls(**value | {"rows": {name: rows[name.removesuffix("_landing")] for name in FACT_TABLES}})


def ingest(
    sources: Iterable[str | Path],
    lake: str | Path,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    split_bytes: int | None = None,
    record_limit: int = RECORD_LIMIT,
    max_decompressed: int = DECOMPRESSED_LIMIT,
    executor: Executor | None = None,
) -> IngestResult:
    """Bring everything in the sources that the lake does not hold yet into it, as one batch.

    A batch that an earlier run left unfinished is completed first. Source files are only read. `workers` are
    threads, all cores when None, or the cores that `executor` has; `split_bytes` is the size of a piece of
    work, a multiple of BLOCK_BYTES; no more than `max_decompressed` bytes are taken from one compressed file.
    Raises WarehouseError when a source is missing, the lake cannot be written, or another ingest is running.
    """
    started, lake = time.monotonic(), Path(lake)
    paths = find_files(sources, leave_out=lake)
    done = IngestResult()
    with _lake_errors(lake):
        lake.mkdir(parents=True, exist_ok=True)
        with ingest_lock(lake):
            create_missing(lake)
            workers = workers or len(os.sched_getaffinity(0))
            executor = executor or on_threads(workers)
            run = _Run(lake, executor, progress, record_limit, max_decompressed)
            last = last_batch(open_table(lake, LEDGER))
            clear_remains(lake, last)
            old = unfinished(lake, last)
            plan = old.load_plan() if old else None
            if plan:
                run.carry_out(plan, done)
                last = plan.number
            found = sort_out(paths, Ledger.read(lake), max_decompressed)
            done.skipped = found.skipped
            if found.has_work:
                total = sum(f.bytes_to_read for f in found.files)
                splits = plan_splits(
                    found.files,
                    split_bytes or split_bytes_for(total, workers),
                    max_decompressed=max_decompressed,
                    workers=workers,
                )
                plan = BatchPlan(last + 1, time.time_ns(), tuple(found.files), tuple(splits))
                BatchFolder(lake, plan.number).save_plan(plan)
                run.carry_out(plan, done)
    done.seconds = time.monotonic() - started
    return done


@contextmanager
def _lake_errors(lake: Path) -> Iterator[None]:
    """Failures of the lake's disk as one sentence; what was committed before stays, the rest is invisible."""
    try:
        yield
    except (OSError, DeltaError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise WarehouseError(
            f"The lake {lake} cannot be written ({reason}): nothing of this batch is visible; mend the cause "
            "and run ingest again."
        ) from error


@dataclass(frozen=True, slots=True)
class _Run:
    lake: Path
    executor: Executor
    progress: Progress | None
    record_limit: int
    max_decompressed: int

    def carry_out(self, plan: BatchPlan, done: IngestResult) -> None:
        """Convert and commit a plan, from wherever an earlier run stopped, and add it to `done`."""
        folder = BatchFolder(self.lake, plan.number)
        results = self._convert(plan, folder)
        _commit(self.lake, plan, folder, results)
        folder.remove()
        done.batch_id = plan.number
        done.files += sum(f.reads for f in plan.files)
        done.bytes += sum(s.size for s in plan.splits)
        for result in results:
            for found in result.ranges:
                done.rejects += sum(n for name, n in found.counts.items() if name.startswith("rejected_"))
                for name in FACT_TABLES:
                    done.rows[name] += found.rows.get(name, 0)

    def _convert(self, plan: BatchPlan, folder: BatchFolder) -> list[ConvertResult]:
        batch = folder.batch(plan.now_unix_nano, self.record_limit, self.max_decompressed)
        kept = (folder.load_result(s.index) for s in plan.splits)
        results = {r.split: r for r in kept if r is not None}
        waiting = [s for s in plan.splits if s.index not in results]
        sizes = {s.index: s.size for s in plan.splits}
        total, read = sum(sizes.values()), sum(sizes[index] for index in results)
        for result in self.executor(waiting, batch) if waiting else ():
            results[result.split] = result
            read += sizes[result.split]
            if self.progress:
                self.progress(read, total)
        return [results[s.index] for s in plan.splits]


def _commit(lake: Path, plan: BatchPlan, folder: BatchFolder, results: list[ConvertResult]) -> None:
    """One commit per table, the ledger last: it makes the batch visible."""
    name = f"part-{plan.number:06d}-{uuid.uuid4().hex[:12]}.parquet"
    run = Run(INGEST_APP, plan.number)
    ledger = write_part(TABLES[LEDGER], lake / LEDGER, name, {}, [ledger_rows(plan, results)])
    with commit_lock(lake):
        finish_assembly_commit(lake)
        versions = pinned_versions(lake)
        for table in INGEST_TABLES:
            parts: list[PartFile] = [p for r in results for p in r.parts.get(table, [])]
            staged = [folder.path / file for r in results for file in r.stages.get(table, [])]
            if staged and not run.is_in(open_table(lake, table)):
                merge = merge_entities if table in KEYED_TABLES else None
                parts = merge(lake, table, staged, name) if merge else merge_rejects(lake, staged, name)
            versions[table] = commit_parts(lake, table, parts, run)
        commit_parts(lake, LEDGER, [ledger], run, metadata=versions_metadata(versions))
