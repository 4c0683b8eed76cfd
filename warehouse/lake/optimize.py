"""Fewer and smaller files with the same rows."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from deltalake import DeltaTable

from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.assembly_commit import (
    LANDING_TABLES,
    TableChange,
    finish_assembly_commit,
    is_assembly_planned,
    is_half_committed,
)
from warehouse.lake.commit import Run, commit_parts, versions_metadata
from warehouse.lake.compaction import Compactor, on_threads
from warehouse.lake.compaction_plan import Group, plan_compaction
from warehouse.lake.creation import create_missing
from warehouse.lake.failures import lake_errors
from warehouse.lake.features import refuse_breaking_features
from warehouse.lake.lock import assembly_lock, commit_lock
from warehouse.lake.tables import LEDGER, data_paths, open_table
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place, place
from warehouse.telemetry import count, traced

OPTIMIZE_APP = "otlp-warehouse-optimize"
"""Delta application id of compaction."""
OPTIMIZED_TABLES = tuple(name for name in TABLES if name not in LANDING_TABLES)
Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(slots=True)
class OptimizeResult:
    """What a run did. `files` counts by table how many files were replaced and by how many."""

    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    rows: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The object of `optimize --json`."""
        files = {name: {"replaced": old, "written": new} for name, (old, new) in self.files.items()}
        return asdict(self) | {"files": files, "seconds": round(self.seconds, 3)}


def optimize(
    lake: str | Place,
    tables: Sequence[str] = (),
    *,
    workers: int | None = None,
    most_rows: int | None = None,
    compactor: Compactor | None = None,
    progress: Progress | None = None,
) -> OptimizeResult:
    """Merge small files of `tables`, all but the landing tables when none is named, and settle older dates.

    Files of dates older than two days are written anew once, so that they take as little as they can.
    Rows stay the same, and so do the files that served warehouses and older versions name: `vacuum` removes
    those that nobody needs. Ingest may run meanwhile. `workers` are threads, all cores when None, unless a
    `compactor` is given; `most_rows` of a file follow the size of the lake when None.
    Raises WarehouseError when there is no lake, a table is unknown or has features that others cannot read,
    an assembly runs, or a run was interrupted that has to be completed first.
    """
    started, lake = time.monotonic(), place(lake)
    for name in tables:
        if name not in OPTIMIZED_TABLES:
            raise WarehouseError(
                f"There is no table {name} to optimize: name one of {', '.join(OPTIMIZED_TABLES)}.", USAGE
            )
    open_table(lake, LEDGER)
    done = OptimizeResult()
    with lake_errors(lake, "optimize"), assembly_lock(lake):
        create_missing(lake)
        opened = _settled_tables(lake)
        number = 1 + max(table.transaction_version(OPTIMIZE_APP) or 0 for table in opened.values())
        wanted = {name: opened[name] for name in OPTIMIZED_TABLES}
        # Ranges of trace ids are those of all files of `spans`, whichever tables are wanted.
        groups = plan_compaction(lake, wanted, datetime.now(UTC).date(), most_rows)
        groups = [g for g in groups if not tables or g.table in tables]
        changes: dict[str, TableChange] = {}
        if groups:
            compactor = compactor or on_threads(workers or len(os.sched_getaffinity(0)))
            changes = _compacted(lake, groups, number, compactor, progress, done)
        if changes or not Run(OPTIMIZE_APP, number - 1).is_in(opened[LEDGER]):
            _commit(lake, Run(OPTIMIZE_APP, number), changes)
    done.seconds = time.monotonic() - started
    count("rows.written", done.rows, "{row}")
    count("bytes.read", done.bytes_before, "By")
    count("bytes.written", done.bytes_after, "By")
    return done


def _settled_tables(lake: Place) -> dict[str, DeltaTable]:
    """All tables, once no assembly waits that counts on their files."""
    with commit_lock(lake):
        finish_assembly_commit(lake)
    if is_assembly_planned(lake):
        raise WarehouseError(
            f"An assembly of {lake} was interrupted: run `otlp-warehouse assemble --lake {lake}`, which "
            "completes it, then optimize."
        )
    opened = {name: open_table(lake, name) for name in TABLES}
    for name in TABLES:
        refuse_breaking_features(lake, name, opened[name])
    return opened


def _compacted(
    lake: Place,
    groups: Sequence[Group],
    number: int,
    compactor: Compactor,
    progress: Progress | None,
    done: OptimizeResult,
) -> dict[str, TableChange]:
    changes: dict[str, TableChange] = {}
    replaced, written = Counter[str](), Counter[str]()
    total = sum(g.rows for g in groups)
    for compacted in compactor(lake, groups, number):
        group = groups[compacted.place]
        change = TableChange((compacted.part,), tuple(f.data for f in group.files))
        changes[group.table] = changes.get(group.table, TableChange()) + change
        replaced[group.table] += len(group.files)
        written[group.table] += 1
        done.rows += compacted.part.rows
        done.bytes_before += sum(f.data.size for f in group.files)
        done.bytes_after += compacted.part.size
        if progress:
            progress(done.rows, total)
    done.files = {name: (replaced[name], written[name]) for name in TABLES if name in changes}
    return changes


@traced("commit")
def _commit(lake: Place, run: Run, changes: dict[str, TableChange]) -> None:
    """One commit a table, the ledger last: with it readers take the new files, with the same rows."""
    with commit_lock(lake):
        if is_half_committed(lake):
            raise WarehouseError(
                f"An ingest into {lake} was interrupted: run `otlp-warehouse ingest` again, which completes "
                "it, then optimize."
            )
        for name, change in changes.items():
            # A replay may have replaced the same files of `rejects` meanwhile: then its files stay.
            held = set(data_paths(lake, name))
            if name != LEDGER and all(str(lake / name / f.path) in held for f in change.removed):
                _commit_table(lake, name, change, run)
        # Also those that a run committed which was killed before its ledger.
        versions = {name: open_table(lake, name).version() for name in TABLES if name != LEDGER}
        ledger = changes.get(LEDGER, TableChange())
        _commit_table(lake, LEDGER, ledger, run, versions_metadata(versions))
        for name in changes:
            open_table(lake, name).create_checkpoint()


def _commit_table(
    lake: Place, name: str, change: TableChange, run: Run, metadata: dict[str, Any] | None = None
) -> None:
    commit_parts(lake, name, change.added, run, removed=change.removed, metadata=metadata, changes_rows=False)
