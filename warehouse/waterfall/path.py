"""When each span of a trace is on the critical path: the intervals behind its critical_path_nano."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.waterfall.tables import Row

Interval = tuple[int, int]


def critical_intervals(spans: Sequence[Row]) -> dict[str, list[Interval]]:
    """Intervals [start, end), nanoseconds, by span id. Each subtree has a path of its own.

    From the end of a span back to its start, the last child to return is followed into; what no child
    covers is the span's own (see critical_path_nano). Spans on or below a parent cycle have none.
    """
    ids = {row["span_id"] for row in spans}
    children: dict[str, list[Row]] = {}
    heads = []
    for row in spans:
        if row["parent_span_id"] in ids:
            children.setdefault(row["parent_span_id"], []).append(row)
        else:
            heads.append(row)
    found: dict[str, list[Interval]] = {}
    waiting = [(row, *_interval(row)) for row in heads]
    while waiting:
        row, start, end = waiting.pop()
        own = found.setdefault(row["span_id"], [])
        cursor = end
        for child_end, child_start, _, child in _latest_first(children.get(row["span_id"], ()), start, end):
            if child_end > cursor:
                continue
            own.append((child_end, cursor))
            waiting.append((child, child_start, child_end))
            cursor = child_start
        own.append((start, cursor))
    return {span_id: [(a, b) for a, b in own if a < b] for span_id, own in found.items()}


def _interval(row: Row) -> Interval:
    start = row["start_time_unix_nano"]
    return start, start + max(row["duration_nano"], 0)


def _latest_first(rows: Sequence[Row], start: int, end: int) -> list[tuple[int, int, str, Row]]:
    """Children within the window as (end, start, span id, row), clipped to it."""
    clipped = []
    for row in rows:
        own_start, own_end = _interval(row)
        child_start, child_end = max(own_start, start), min(own_end, end)
        if child_start < child_end:
            clipped.append((child_end, child_start, row["span_id"], row))
    return sorted(clipped, key=lambda child: child[:3], reverse=True)
