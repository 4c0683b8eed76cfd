"""Lakes from which cubes are built: four sparse days of the frozen shop, and days with many spans a cell."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable
from pathlib import Path

from benchmarks.frozen_data import DATE, SEED
from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.lake.optimize import optimize
from warehouse.traces.assemble import assemble

SPARSE_DAYS = 4
BATCH = 2_000_000
"""Spans that are drawn at a time; each batch of a day has another seed."""


def sparse_lake(folder: Path, spans: int) -> Path:
    """The lake of four weekdays from the day before DATE on, about `spans` spans each; made once."""
    end = DATE + dt.timedelta(days=SPARSE_DAYS - 2)
    return _lake(folder, f"cubes-sparse-{spans}", SPARSE_DAYS, end, spans, [SEED])


def dense_lake(folder: Path, size: int, batch: int = BATCH) -> Path:
    """The lake of one day of about `size` spans, of the same services at the same hours; made once."""
    batches = -(-size // batch)
    return _lake(folder, f"cubes-dense-{size}", 1, DATE, size // batches, range(SEED, SEED + batches))


def _lake(folder: Path, name: str, days: int, end: dt.date, spans: int, seeds: Iterable[int]) -> Path:
    lake, making = folder / name, folder / f"making-{name}"
    if lake.exists():
        return lake
    shutil.rmtree(making, ignore_errors=True)
    for seed in seeds:
        files = write_history(making / "files", days=days, seed=seed, spans_per_day=spans, end_date=end)
        ingest([file for file in files if file.name.startswith("traces")], making / "lake")
        shutil.rmtree(making / "files")
    assemble(making / "lake", settle=True)
    optimize(making / "lake")
    (making / "lake").replace(lake)
    making.rmdir()
    return lake
