"""A second batch for the small lake: late and shuffled rows, some of dates that were not there before."""

from __future__ import annotations

import random

from small_spans import DAY, MIDNIGHT, Row, dated

SEED = 7
DATED = ("spans_landing", "span_events_landing", "span_links_landing", "log_records", "number_points")
LATE_DATES = ["2026-11-10", "2026-11-11", "2026-11-21", "2026-11-22"]
"""Dates of spans in the batch."""


def moved(row: Row, days: int) -> Row:
    """The row some days later, or earlier, in a trace of its own when it has one."""
    times = {k: v + days * DAY for k, v in row.items() if k.endswith("unix_nano") and isinstance(v, int)}
    if row.get("trace_id", "").strip("0"):
        row = row | {"trace_id": f"{days % 16:x}{row['trace_id'][1:]}"}
    return row | times | {"event_date": dated(next(iter(times.values()), MIDNIGHT))}


def late_batch(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """A fifth of the rows of the dated tables, once ten days earlier and once a day later."""
    rng = random.Random(SEED)
    late = {
        name: [moved(r, days) for r in rng.sample(rows[name], len(rows[name]) // 5) for days in (-10, 1)]
        for name in DATED
    }
    late["spans_landing"] = [r for r in late["spans_landing"] if r["event_date"].year > 1970]
    rng.shuffle(late["spans_landing"])
    return late | {"ingest_files": rows["ingest_files"]}
