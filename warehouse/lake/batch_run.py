"""Carrying out the plan of a batch: convert its splits, commit what they wrote."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from deltalake import DeltaTable

from warehouse.lake.accounts import ledger_rows
from warehouse.lake.assembly_commit import finish_assembly_commit
from warehouse.lake.batches import BatchFolder, BatchPlan, Replay, clear_remains, unfinished
from warehouse.lake.commit import INGEST_APP, DataFile, Run, commit_parts, last_batch, versions_metadata
from warehouse.lake.execution import Executor
from warehouse.lake.kept_bytes import convert_kept_bytes
from warehouse.lake.keyed import merge_entities, merge_rejects
from warehouse.lake.lock import commit_lock
from warehouse.lake.replay_outcome import Outcome
from warehouse.lake.snapshot import pinned_versions
from warehouse.lake.tables import INGEST_TABLES, LEDGER, newest_version, open_written
from warehouse.otlp.convert import Batch, ConvertResult
from warehouse.schemas.parquet import PartFile, write_part
from warehouse.schemas.registry import FACT_TABLES, KEYED_TABLES, TABLES
from warehouse.stores.places import Place
from warehouse.telemetry import traced

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

    def add(self, plan: BatchPlan, results: Sequence[ConvertResult]) -> None:
        """Count a batch that was carried out."""
        self.batch_id = plan.number
        self.files += sum(f.reads for f in plan.files)
        self.bytes += sum(s.size for s in plan.splits)
        for found in (r for result in results for r in result.ranges):
            self.rejects += sum(n for name, n in found.counts.items() if name.startswith("rejected_"))
            for name in FACT_TABLES:
                self.rows[name] += found.rows.get(name, 0)

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


@dataclass(frozen=True, slots=True)
class BatchRun:
    """How batches of a lake are carried out. Needs the lock of ingest. `ledger` as `open_written`
    gave it under the lock.
    """

    lake: Place
    ledger: DeltaTable | None
    executor: Executor
    progress: Progress | None
    record_limit: int
    max_decompressed: int

    def complete_unfinished(self, done: IngestResult) -> int:
        """Carry out the batch that an earlier run left unfinished, if any; the number of the last batch."""
        last = last_batch(self.ledger)
        clear_remains(self.lake, last)
        old = unfinished(self.lake, last)
        plan = old.load_plan() if old else None
        if plan and self.carry_out(plan, done):
            return plan.number
        return last

    def carry_out(self, plan: BatchPlan, done: IngestResult) -> Outcome | None:
        """Convert and commit a plan, from wherever an earlier run stopped, and add it to `done`.

        Returns what came of it; None when it is a replay that changes nothing, which leaves no batch.
        """
        folder = BatchFolder(self.lake, plan.number)
        batch = folder.batch(plan, self.record_limit, self.max_decompressed)
        results = self._convert(plan, folder, batch)
        outcome = Outcome.of(plan, folder.path, results)
        if outcome.changes_something:
            _commit(self.lake, self.ledger, plan, folder, results, outcome)
            done.add(plan, results)
        folder.remove()
        return outcome if outcome.changes_something else None

    def _convert(self, plan: BatchPlan, folder: BatchFolder, batch: Batch) -> list[ConvertResult]:
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
        found = [results[s.index] for s in plan.splits]
        if plan.replay and plan.replay.kept_bytes:
            found.append(self._convert_kept_bytes(plan, plan.replay, folder, batch))
        return found

    def _convert_kept_bytes(
        self, plan: BatchPlan, replay: Replay, folder: BatchFolder, batch: Batch
    ) -> ConvertResult:
        index = len(plan.splits)
        result = folder.load_result(index)
        if result is None:
            result = convert_kept_bytes(self.lake, plan, replay, batch, index)
            folder.save_result(result)
        return result


@traced("commit")
def _commit(
    lake: Place,
    ledger: DeltaTable | None,
    plan: BatchPlan,
    folder: BatchFolder,
    results: list[ConvertResult],
    outcome: Outcome,
) -> None:
    """One commit per table, the ledger last: it makes the batch visible."""
    name = f"part-{plan.number:06d}-{uuid.uuid4().hex[:12]}.parquet"
    run = Run(INGEST_APP, plan.number)
    rows = outcome.ledger_rows(plan, results) if plan.replay else ledger_rows(plan, results)
    part = write_part(TABLES[LEDGER], lake / LEDGER, name, {}, [rows])
    with commit_lock(lake):
        ledger = open_written(lake, LEDGER, ledger)
        if finish_assembly_commit(lake, ledger) is not None:
            ledger = open_written(lake, LEDGER, ledger)
        versions = pinned_versions(lake, ledger)
        for table in INGEST_TABLES:
            parts: list[PartFile] = [p for r in results for p in r.parts.get(table, [])]
            removed: list[DataFile] = []
            staged = [folder.path / file for r in results for file in r.stages.get(table, [])]
            is_replayed = table == "rejects" and plan.replay is not None
            if not (parts or staged or is_replayed):
                versions[table] = newest_version(lake, table)
                continue
            opened = open_written(lake, table)
            if run.is_in(opened):
                pass
            elif is_replayed:
                parts, removed = outcome.replace_rejects(lake, staged, name)
            elif table in KEYED_TABLES:
                parts = merge_entities(lake, opened, table, staged, name)
            elif staged:
                parts = merge_rejects(lake, staged, name)
            versions[table] = commit_parts(lake, table, parts, run, removed=removed, table=opened)
        commit_parts(lake, LEDGER, [part], run, metadata=versions_metadata(versions), table=ledger)
