"""Removing files that no reader can need any more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote

from warehouse.lake.assembly_commit import finish_assembly_commit
from warehouse.lake.batches import clear_remains
from warehouse.lake.commit import last_batch
from warehouse.lake.creation import create_missing
from warehouse.lake.failures import lake_errors
from warehouse.lake.features import refuse_breaking_features
from warehouse.lake.lock import assembly_lock, commit_lock, ingest_lock
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import LEDGER, data_paths, open_table
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place, files_below, place, size_of
from warehouse.telemetry import count

RETENTION_HOURS = 7 * 24
_PLAN_FOLDERS = ("_batches", "_assembly")
_DATA_FILE = re.compile(r"[\w.=/-]+\.parquet")
Progress = Callable[[int, int], None]
"""Called with tables done and tables in all."""


@dataclass(slots=True)
class VacuumResult:
    """What a run removed, or with `dry_run` would have: files by table, and bytes."""

    dry_run: bool = False
    files: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The object of `vacuum --json`."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def vacuum(
    lake: str | Place,
    *,
    pinned: Collection[str] = (),
    retention_hours: int = RETENTION_HOURS,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> VacuumResult:
    """Remove files that were replaced, or written and never committed, at least `retention_hours` ago.

    What stays: files of the newest versions and of those that readers see, those that unfinished plans name,
    and `pinned`, which served warehouses read; all as `<table>/<path>`. It may be stopped at any moment.
    Raises WarehouseError when there is no lake, a table has features that others cannot read, or an ingest or
    assembly runs, whose files nothing names yet.
    """
    started, lake = time.monotonic(), place(lake)
    open_table(lake, LEDGER)
    done = VacuumResult(dry_run)
    with lake_errors(lake, "vacuum"), ingest_lock(lake), assembly_lock(lake):
        create_missing(lake)
        if not dry_run:
            with commit_lock(lake):
                finish_assembly_commit(lake)
            clear_remains(lake, last_batch(open_table(lake, LEDGER)))
        seen = {f"{name}/{path}" for name, paths in _visible(lake) for path in paths}
        kept = seen | set(pinned) | planned_files(lake)
        for number, name in enumerate(TABLES, 1):
            for path in _unneeded(lake, name, retention_hours):
                if f"{name}/{path}" not in kept and path not in kept:
                    _remove(lake / name / path, name, done)
            if progress:
                progress(number, len(TABLES))
    done.seconds = time.monotonic() - started
    if not dry_run:
        count("files.removed", sum(done.files.values()), "{file}")
        count("bytes.removed", done.bytes, "By")
    return done


def planned_files(lake: Place) -> set[str]:
    """Paths below their table that plans and results of unfinished batches and assemblies name."""
    found: set[str] = set()
    for folder in _PLAN_FOLDERS:
        for file in files_below(lake / folder, ".json"):
            found.update(_DATA_FILE.findall(file.read_bytes().decode()))
    return found


def _visible(lake: Place) -> Iterator[tuple[str, list[str]]]:
    """What readers see, which is older than the newest version after a crash between commits."""
    for name, table in snapshot(lake).items():
        prefix = f"{lake / name}/"
        yield name, [path.removeprefix(prefix) for path in data_paths(lake, name, table)]


def _unneeded(lake: Place, name: str, retention_hours: int) -> list[str]:
    """Files that the newest version does not hold and that are old enough."""
    table = open_table(lake, name)
    refuse_breaking_features(lake, name, table)
    listed = table.vacuum(retention_hours, dry_run=True, enforce_retention_duration=False, full=True)
    return sorted(path for path in map(unquote, listed) if path.endswith(".parquet"))


def _remove(file: Place, name: str, done: VacuumResult) -> None:
    size = size_of(file)
    if size is None:
        return
    if not done.dry_run:
        file.unlink(missing_ok=True)
    done.files[name] = done.files.get(name, 0) + 1
    done.bytes += size
