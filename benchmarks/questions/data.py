"""A month of the generated shop with planted habits: the benchmark's lake and served file, built once."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from benchmarks.frozen_data import DATE, SEED
from warehouse.demo.history import write_history
from warehouse.demo.planted import habits
from warehouse.lake.ingest import ingest
from warehouse.lake.optimize import optimize
from warehouse.serve.build import build
from warehouse.traces.assemble import assemble

DAYS = 30
SPANS_PER_DAY = 200_000
"""On weekdays; weekends have 70 % of it."""


def deploy_date(days: int) -> dt.date:
    """The day of the planted deploy: in the middle of the history."""
    return DATE - dt.timedelta(days=days // 2 - 1)


def history(folder: Path, days: int, spans_per_day: int) -> tuple[Path, Path]:
    """(lake, served file) of the `days` days up to DATE, about `spans_per_day` spans each."""
    home = folder / f"questions-{days}-{spans_per_day}"
    lake, served = home / "lake", home / "warehouse.duckdb"
    if not served.exists():
        shutil.rmtree(home, ignore_errors=True)
        planted = habits(deploy_date(days))
        for back in range(days - 1, -1, -1):
            made = home / "making"
            date = DATE - dt.timedelta(days=back)
            traces, *_ = write_history(
                made, days=1, seed=SEED, spans_per_day=spans_per_day, end_date=date, planted=planted
            )
            ingest([traces], lake)
            shutil.rmtree(made)
        assemble(lake, settle=True)
        optimize(lake)
        build(lake, served)
    return lake, served
