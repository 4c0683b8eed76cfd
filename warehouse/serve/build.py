"""Build the star from the lake, audit it, and publish it as one DuckDB file."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from warehouse.errors import CHECK_FAILED, WarehouseError
from warehouse.lake.served_files import remember_served
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import LEDGER, open_table
from warehouse.schemas.registry import TABLES
from warehouse.serve import lake_views
from warehouse.serve.dbt_run import Progress, run_models
from warehouse.serve.gate import Checks, Gate
from warehouse.traces.assemble import assemble


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did. `dates` counts the event dates that the star covers, `seconds` is wall time."""

    dates: int
    models: int
    checks: Checks
    published: bool
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The object that `build --json` prints."""
        counts = {"passed": self.checks.passed, "failed": self.checks.failed}
        return asdict(self) | {"checks": counts}


def build(
    lake: Path,
    warehouse: Path,
    *,
    full_refresh: bool = False,
    settle: bool = False,
    progress: Progress | None = None,
) -> BuildResult:
    """Assemble what landed, build all models over the lake, and replace `warehouse` by the result.

    `settle` has late spans of old dates assembled now instead of letting them wait.
    Work happens in a folder beside `warehouse`; readers of the old file are undisturbed and only a build that
    passes every critical check replaces it. A build starts as a copy of the served file and redoes the dates
    whose lake files changed; `full_refresh` starts from nothing and gives the same content.
    Raises WarehouseError when there is no lake, another build runs, a model fails, or a critical check fails
    (exit code 1); the served file is then as it was.
    """
    began = time.monotonic()
    warehouse = warehouse.absolute()
    open_table(lake, LEDGER)
    with _build_folder(warehouse, full_refresh) as folder:
        assemble(lake, settle=settle)
        tables = snapshot(lake)
        file = folder / warehouse.name
        _remove(file)
        if not full_refresh:
            _start_from(warehouse, file)
        with Gate(file, record=True) as gate:
            with duckdb.connect(str(file)) as con:
                lake_views.create(con, lake, tables)
            models = run_models(file, folder, progress)
            checks = gate.audit()
        if checks.critical:
            raise WarehouseError(_refusal(warehouse, checks), CHECK_FAILED)
        remember_served(lake, warehouse)
        file.replace(warehouse)
    return BuildResult(_dates(tables), models, checks, True, round(time.monotonic() - began, 3))


@contextmanager
def _build_folder(warehouse: Path, full_refresh: bool) -> Iterator[Path]:
    """The build's own folder, locked: a file of the same name is built there, on the same file system."""
    folder = warehouse.parent / f".{warehouse.name}.build"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise WarehouseError(
            f"The folder {warehouse.parent} cannot be written ({error.strerror}): choose another --warehouse."
        ) from error
    try:
        _claim(lock, warehouse)
        if full_refresh:
            shutil.rmtree(folder / "target", ignore_errors=True)
        yield folder
    finally:
        os.close(lock)


def _claim(lock: int, warehouse: Path) -> None:
    """Take the lock, which the system frees with the process, however that ends."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WarehouseError(
            f"Another build of {warehouse} is running: wait until it is done, then run this one again."
        ) from error


def _remove(file: Path) -> None:
    """Remove what a build that was killed left behind."""
    for leftover in (file, file.with_name(f"{file.name}.wal")):
        leftover.unlink(missing_ok=True)


def _start_from(warehouse: Path, file: Path) -> None:
    """Copy the served file, if it is one of ours that this DuckDB can read."""
    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            con.execute("from lake.lake_dates limit 0")
    except duckdb.Error:
        return
    shutil.copyfile(warehouse, file)


def _dates(tables: dict[str, DeltaTable]) -> int:
    partitioned = [t for name, t in tables.items() if TABLES[name].partition]
    return len({p["event_date"] for t in partitioned for p in t.partitions()})


def _refusal(warehouse: Path, checks: Checks) -> str:
    first, *rest = checks.critical
    more = f" (and {len(rest)} more)" if rest else ""
    return f"A critical check failed, so {warehouse} was left as it was: {first}{more}."
