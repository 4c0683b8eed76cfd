"""Which landing files an assembly takes, and which wait for more of their date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from warehouse.lake.compaction_plan import RECENT
from warehouse.traces.files import TraceFile, by_date

SHARE = 0.01
"""Late spans are taken as soon as they make up this share of their date …"""
PATIENCE = timedelta(days=7)
"""… or have waited this long."""


def dates_to_take(
    landing: list[TraceFile], assembled: list[TraceFile], now_unix_nano: int, *, settle: bool
) -> set[str]:
    """Event dates whose landing spans are taken now; `settle` takes all.

    Rewriting an old date for a handful of late spans costs as much as for many, so they wait in landing. A
    date that holds no assembled span yet is not late but new.
    """
    now = datetime.fromtimestamp(now_unix_nano / 1e9, UTC)
    held = {day: sum(f.rows for f in files) for day, files in by_date(assembled).items()}
    return {
        day
        for day, files in by_date(landing).items()
        if settle or not held.get(day) or _is_due(day, files, held[day], now)
    }


def _is_due(day: str, files: list[TraceFile], held: int, now: datetime) -> bool:
    oldest = datetime.fromtimestamp(min(f.modified_ms for f in files) / 1e3, UTC)
    return (
        now.date() - date.fromisoformat(day) <= RECENT
        or sum(f.rows for f in files) >= SHARE * held
        or now - oldest >= PATIENCE
    )
