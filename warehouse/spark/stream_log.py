"""What a stream has read: plans of micro-batches, and a ledger of those that are done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.lake.accounts import ledger_rows
from warehouse.lake.batches import BatchFolder, BatchPlan
from warehouse.lake.commit import INGEST_APP, Run, commit_parts, last_batch
from warehouse.lake.creation import create_missing
from warehouse.lake.ledger import Ledger
from warehouse.lake.lock import stream_lock
from warehouse.lake.planning import APPENDED_FORMS, sort_out
from warehouse.lake.tables import LEDGER, open_table
from warehouse.otlp.sources import find_files, path_text, size_of
from warehouse.otlp.splits import SourceFile, plan_splits
from warehouse.schemas.parquet import write_part
from warehouse.schemas.registry import TABLES
from warehouse.spark.source_options import SourceOptions


class StreamLog:
    """A folder like a lake's, of which only the ledger is filled.

    The plan of micro-batch n, in `_batches/n/`, names the exact bytes it reads and is written before Spark
    hears of n, so a micro-batch that is run again reads the same. The tasks leave their results beside it,
    and when Spark is through with it these become rows of the ledger, which the next plan goes on from.
    """

    def __init__(self, options: SourceOptions) -> None:
        assert options.progress is not None
        self.folder = Path(options.progress).absolute()
        self._options = options
        self._held = ExitStack()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._held.enter_context(stream_lock(self.folder))
        create_missing(self.folder)
        self._target: dict[str, int] | None = None

    def close(self) -> None:
        self._held.close()

    def done(self) -> int:
        """Number of the last micro-batch in the ledger; 0 before the first."""
        return last_batch(open_table(self.folder, LEDGER))

    def stop_growing(self) -> None:
        """From now on plan only what the sources hold at this moment, each file once."""
        found = find_files(self._options.sources, leave_out=self.folder)
        self._target = {path_text(p): size_of(p) for p in found}

    def planned_after(self, start: int) -> list[int]:
        """Numbers of the micro-batches behind `start`, planned now if none was; empty when nothing is new."""
        self.finish(start)
        waiting = self._waiting(start)
        if not waiting:
            paths = find_files(self._options.sources, leave_out=self.folder)
            found = sort_out(paths, Ledger.read(self.folder), self._options.max_decompressed)
            files = found.files if self._target is None else list(self._within_target(found.files))
            for number, portion in enumerate(self._portions(files), start + 1):
                self._save(number, portion)
            waiting = self._waiting(start)
        return waiting

    def plan(self, number: int) -> BatchPlan:
        plan = BatchFolder(self.folder, number).load_plan()
        if plan is None:
            raise WarehouseError(
                f"{self.folder} holds no plan of micro-batch {number}, which the checkpoint names: give the "
                "folder that belongs to this checkpoint, or start with a new folder and a new checkpoint."
            )
        return plan

    def finish(self, number: int) -> None:
        """Bring the micro-batches up to this one into the ledger."""
        for batch in range(self.done() + 1, number + 1):
            plan, folder = self.plan(batch), BatchFolder(self.folder, batch)
            results = [folder.load_result(s.index) for s in plan.splits]
            if any(r is None for r in results):
                raise WarehouseError(
                    f"The executors left no results in {folder.path}: put progressLocation where the driver "
                    "and all executors reach it under the same path."
                )
            rows = ledger_rows(plan, [r for r in results if r is not None])
            part = write_part(TABLES[LEDGER], self.folder / LEDGER, f"part-{batch:06d}.parquet", {}, [rows])
            commit_parts(self.folder, LEDGER, [part], Run(INGEST_APP, batch))

    def forget_before(self, number: int) -> None:
        """Remove the plans before this one: Spark asks again for the last micro-batch at most."""
        for batch in self._numbers():
            if batch < number:
                BatchFolder(self.folder, batch).remove()

    def _numbers(self) -> list[int]:
        return sorted(int(p.parent.name) for p in self.folder.glob("_batches/*/plan.json"))

    def _waiting(self, start: int) -> list[int]:
        return [n for n in self._numbers() if n > start]

    def _save(self, number: int, files: list[SourceFile]) -> None:
        splits = plan_splits(files, max_decompressed=self._options.max_decompressed)
        plan = BatchPlan(number, time.time_ns(), tuple(files), tuple(splits))
        BatchFolder(self.folder, number).save_plan(plan)

    def _within_target(self, files: list[SourceFile]) -> Iterator[SourceFile]:
        """Files as they were when `stop_growing` was called; those that cannot be cut there wait."""
        assert self._target is not None
        for file in files:
            size = self._target.pop(file.path, None)
            if size is None or (file.size > size and file.form not in APPENDED_FORMS):
                continue
            yield replace(file, size=min(size, file.size))

    def _portions(self, files: list[SourceFile]) -> Iterator[list[SourceFile]]:
        """The files cut by the limits of a micro-batch; copies stay with the file that they copy."""
        copies: dict[int, list[SourceFile]] = {}
        for file in files:
            if file.copy_of is not None:
                copies.setdefault(file.copy_of, []).append(file)
        portion: list[SourceFile] = []
        for number, file in enumerate(files):
            if file.copy_of is not None:
                continue
            if portion and not self._fits([*portion, file]):
                yield portion
                portion = []
            place = len(portion)
            portion.append(file)
            portion += [replace(copy, copy_of=place) for copy in copies.get(number, [])]
        if any(f.reads for f in portion):
            yield portion

    def _fits(self, portion: list[SourceFile]) -> bool:
        options = self._options
        read = [f.bytes_to_read for f in portion if f.reads]
        size = sum(read)
        return len(read) <= (options.max_files or len(read)) and size <= (options.max_bytes or size)
