"""The order in which a trace is read: parents before their children, siblings by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from warehouse.waterfall.rows import Details
from warehouse.waterfall.tables import Row

_ERROR = 2


@dataclass(frozen=True, slots=True)
class Node:
    """A span with its place and with what hangs on it. `is_in_cycle`: it lies on or below a parent cycle."""

    span: Row
    level: int
    is_in_cycle: bool = False
    events: Sequence[Row] = ()
    links: Sequence[Row] = ()
    violations: Sequence[Row] = ()

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


def nodes(spans: Iterable[Row]) -> list[Node]:
    """Every span once, in tree order; spans on and below a parent cycle last, not indented."""
    unplaced = {row["span_id"]: row for row in sorted(spans, key=_time)}
    children: dict[str | None, list[Row]] = {}
    for row in unplaced.values():
        parent = row["parent_span_id"] if row["parent_span_id"] in unplaced else None
        children.setdefault(parent, []).append(row)
    ordered = []
    for row, level in _descend(children):
        del unplaced[row["span_id"]]
        ordered.append(Node(row, level))
    return ordered + [Node(row, 0, is_in_cycle=True) for row in unplaced.values()]


def detailed(shown: Sequence[Node], details: Details) -> list[Node]:
    """The nodes with what hangs on their spans."""
    events, links, violations = map(_by_span, (details.events, details.links, details.violations))
    return [
        replace(
            node,
            events=events.get(node.span["span_id"], ()),
            links=links.get(node.span["span_id"], ()),
            violations=violations.get(node.span["span_id"], ()),
        )
        for node in shown
    ]


def _descend(children: Mapping[str | None, Sequence[Row]]) -> Iterator[tuple[Row, int]]:
    """Depth first without recursion: chains may be ten thousand long."""
    waiting = [(row, 0) for row in reversed(children.get(None, ()))]
    while waiting:
        row, level = waiting.pop()
        yield row, level
        waiting += [(child, level + 1) for child in reversed(children.get(row["span_id"], ()))]


def _time(row: Row) -> tuple[int, str]:
    return row["start_time_unix_nano"], row["span_id"]


def _by_span(rows: Iterable[Row]) -> dict[str | None, list[Row]]:
    found: dict[str | None, list[Row]] = {}
    for row in sorted(rows, key=lambda r: r.get("ordinal", 0)):
        found.setdefault(row["span_id"], []).append(row)
    return found
