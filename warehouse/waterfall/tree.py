"""The order in which a trace is read: parents before their children, siblings by time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from warehouse.waterfall.rows import Row, Trace

_ERROR = 2


@dataclass(frozen=True, slots=True)
class Node:
    """A span with its place and with what hangs on it. `is_in_cycle`: it lies on or below a parent cycle."""

    span: Row
    level: int
    is_last: bool
    is_in_cycle: bool = False
    events: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    violations: list[Row] = field(default_factory=list)

    @property
    def is_error(self) -> bool:
        return bool(self.span["status_code"] == _ERROR)


def failed(ordered: Sequence[Node]) -> list[Node]:
    """The nodes whose status is ERROR and what called them; `ordered` is as `nodes` gives it."""
    kept: list[Node] = []
    wanted = 0
    # Backwards, the next node of a smaller level is the parent.
    for node in reversed(ordered):
        if node.is_error or node.level < wanted:
            kept.append(node)
            wanted = node.level
    return kept[::-1]


def nodes(trace: Trace) -> list[Node]:
    """Every span of the trace once, in tree order; spans on and below a parent cycle last, not indented."""
    spans = {row["span_id"]: row for row in sorted(trace.spans, key=_time)}
    children: dict[str | None, list[Row]] = {}
    for row in spans.values():
        parent = row["parent_span_id"] if row["parent_span_id"] in spans else None
        children.setdefault(parent, []).append(row)
    ordered = list(_descend(children))
    placed = {row["span_id"] for row, _, _ in ordered}
    rest = [row for row in spans.values() if row["span_id"] not in placed]
    events, links, violations = (_by_span(rows) for rows in (trace.events, trace.links, trace.violations))
    return [
        Node(
            row,
            level,
            is_last,
            row["span_id"] not in placed,
            events.get(row["span_id"], []),
            links.get(row["span_id"], []),
            violations.get(row["span_id"], []),
        )
        for row, level, is_last in [*ordered, *((row, 0, True) for row in rest)]
    ]


def _descend(children: dict[str | None, list[Row]]) -> Iterator[tuple[Row, int, bool]]:
    """Depth first without recursion: chains may be ten thousand long."""
    waiting = _siblings(children.get(None, ()), 0)
    while waiting:
        row, level, is_last = waiting.pop()
        yield row, level, is_last
        waiting += _siblings(children.get(row["span_id"], ()), level + 1)


def _siblings(rows: Sequence[Row], level: int) -> list[tuple[Row, int, bool]]:
    return [(row, level, number == 0) for number, row in enumerate(reversed(rows))]


def _time(row: Row) -> tuple[int, str]:
    return row["start_time_unix_nano"], row["span_id"]


def _by_span(rows: list[Row]) -> dict[str | None, list[Row]]:
    found: dict[str | None, list[Row]] = {}
    for row in sorted(rows, key=lambda r: r.get("ordinal", 0)):
        found.setdefault(row["span_id"], []).append(row)
    return found
