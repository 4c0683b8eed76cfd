"""A trace as lines of text: who called whom, when, for how long, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from textwrap import wrap
from zlib import crc32

from rich.text import Text

from warehouse.cli.screen import count, counted, duration
from warehouse.cli.screen import one_line as _plain
from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.waterfall.path import Interval, critical_intervals
from warehouse.waterfall.rows import Trace
from warehouse.waterfall.tables import Row
from warehouse.waterfall.tree import Node

LEGEND = ("█ critical path", "▒ other time", "✗ error", "◇ event", "↗ link", "⚠ violation", "2x equal copies")
_NARROW = 76
"""Columns below which the bar gets a line of its own."""
_LEAST_LABEL, _DURATION = 24, 10
_PATHS = 6
"""Services whose share of the critical path is told."""
_FIXES = 10
"""Different pieces of advice that are given."""
_TOLD = 3
"""Spans below which one finding is told in full; the others have the mark alone."""
_UNNAMED = "(unnamed)"
_SERVICES = ("cyan", "green", "magenta", "blue", "yellow", "bright_cyan", "bright_green", "bright_magenta")
_FAILED = "bright_red"
_SEVERITY = {"error": "bright_red", "warning": "yellow", "info": "dim"}
_Tally = Counter[tuple[str, str]]
"""How often each constraint and finding occurred so far."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of the label and of the bar, and the time that the bar spans, nanoseconds."""

    width: int
    label: int
    bar: int
    start: int
    length: int

    @property
    def is_narrow(self) -> bool:
        return self.width < _NARROW

    @property
    def deepest(self) -> int:
        """Levels that are indented; deeper ones stay there."""
        return min(self.label, self.width) // 5


def closing(trace: Trace, shown: Sequence[Node], left_out: Sequence[Node], width: int) -> Iterator[Text]:
    """Lines below a waterfall: what the trace as a whole violates, what is left out, what to do, marks."""
    if not shown:
        yield Text("No span of it failed.")
    tally: _Tally = Counter()
    for row in trace.violations:
        yield from _violation(row, "", width, tally)
    yield from _others(tally, width)
    if left_out:
        errors = sum(node.is_error for node in left_out)
        more = f"{counted(len(left_out), 'more span')}{f', {count(errors)} with errors' if errors else ''}"
        total = len(shown) + len(left_out)
        hint = ", --errors those that failed" if errors and total == len(trace.spans) else ""
        yield from _wrapped(f"{more}: --limit {total} shows them{hint}.", "", width, "bold")
    if trace.unread:
        here, others = count(len(trace.spans)), count(trace.unread)
        sentence = f"These are of the earliest {here} spans: ask fct_spans for the {others} others."
        yield from _wrapped(sentence, "", width, "bold")
    if trace.fixes:
        yield Text("What to do:", "bold")
    for fix in trace.fixes[:_FIXES]:
        yield from _wrapped(f"- {_plain(fix)}", "", width, "")
    if len(trace.fixes) > _FIXES:
        more = count(len(trace.fixes) - _FIXES)
        yield Text(f"- {more} more: `otlp-warehouse check` tells what is violated most.")
    # Each mark stays beside its word when the line is folded.
    for line in wrap("  ".join(part.replace(" ", "\u00a0") for part in LEGEND), width):
        yield Text(line.replace("\u00a0", " "), "dim")


def waterfall(trace: Trace, shown: Sequence[Node], width: int) -> Iterator[Text]:
    """Lines of at most `width` columns for the shown nodes."""
    layout = _layout(trace, shown, width)
    path = critical_intervals(trace.spans)
    for text, style in _head(trace):
        yield from _wrapped(text, "", width, style)
    yield Text()
    if not layout.is_narrow:
        yield _axis(layout)
    tally: _Tally = Counter()
    for node in shown:
        yield from _lines(node, layout, path.get(node.span["span_id"], []), tally)
    yield from _others(tally, width, ", marked alone")


def _layout(trace: Trace, shown: Sequence[Node], width: int) -> _Layout:
    start, length = trace.trace["start_time_unix_nano"], trace.trace["duration_nano"]
    if start is None:
        spans = [(n.span["start_time_unix_nano"], n.span["duration_nano"]) for n in shown]
        start = min((begin for begin, _ in spans), default=0)
        length = max((begin + took for begin, took in spans), default=0) - start
    length = max(length, 1)
    if width < _NARROW:
        return _Layout(width, width - _DURATION - 1, width - 2, start, length)
    longest = max((2 * n.level + len(_service(n.span)) + len(_called(n)) + 5 for n in shown), default=0)
    label = max(_LEAST_LABEL, min(longest, width // 2))
    return _Layout(width, label, width - label - _DURATION - 2, start, length)


def _head(trace: Trace) -> Iterator[tuple[str, str]]:
    """What the trace as a whole is, each line with its style."""
    row = trace.trace
    yield f"Trace {trace.trace_id}", "bold"
    if row["root_operation_name"] is not None:
        yield _plain(f"{row['root_service_name'] or _UNNAMED}: {row['root_operation_name']}"), "cyan"
    counts = [counted(row["span_count"], "span"), counted(row["service_count"], "service")]
    counts += [counted(row[f"{what}_count"], what) for what in ("error", "orphan") if row[f"{what}_count"]]
    when = ["at no believable time"]
    if row["start_time_unix_nano"] is not None:
        when = [_time(row["start_time_unix_nano"]), duration(row["duration_nano"])]
    yield ", ".join([*when, *counts, "complete" if row["is_complete"] else "incomplete"]), ""
    path = sorted(row["critical_path_by_service"].items(), key=lambda item: (-item[1], item[0]))
    if path:
        total = sum(row["critical_path_by_service"].values()) or 1
        parts = [
            _plain(f"{name or _UNNAMED} {duration(n)} ({_share(n, total)})") for name, n in path[:_PATHS]
        ]
        yield "Critical path: " + ", ".join(parts) + (", …" if len(path) > _PATHS else ""), ""
    violated = [c.id for c in CONSTRAINTS.values() if row["issues"] & c.bit]
    if violated:
        yield f"Violates {', '.join(violated)}", "yellow"


def _share(part: int, total: int) -> str:
    return "<1%" if 0 < 200 * part < total else f"{part / total:.0%}"


def _axis(layout: _Layout) -> Text:
    total = duration(layout.length)
    return Text(" " * (layout.label + _DURATION + 2) + "0" + total.rjust(layout.bar - 1), "dim")


def _lines(node: Node, layout: _Layout, path: list[Interval], tally: _Tally) -> Iterator[Text]:
    label = _label(node, layout)
    label.truncate(layout.label, overflow="ellipsis", pad=True)
    label.append(" " + duration(node.span["duration_nano"]).rjust(_DURATION))
    bar = _bar(node, layout, path)
    if layout.is_narrow:
        yield label
        yield Text.assemble("  ", bar)
    else:
        yield Text.assemble(label, " ", bar)
    margin = "  " * min(node.level, layout.deepest) + "  "
    for text, style in _notes(node):
        yield from _wrapped(text, margin, layout.width, style)
    for violation in node.violations:
        yield from _violation(violation, margin, layout.width, tally)


def _violation(violation: Row, margin: str, width: int, tally: _Tally) -> Iterator[Text]:
    """The violation in full, when few of its kind were told before."""
    kind = violation["constraint_id"], violation["finding"]
    tally[kind] += 1
    if tally[kind] <= _TOLD:
        sentence = f"⚠ {violation['constraint_id']} {violation['severity']}: {violation['detail']}"
        yield from _wrapped(_plain(sentence), margin, width, _SEVERITY[violation["severity"]])


def _others(tally: _Tally, width: int, how: str = "") -> Iterator[Text]:
    for (constraint, finding), number in tally.items():
        if number > _TOLD:
            more = counted(number - _TOLD, "more such span", "more such spans")
            yield from _wrapped(f"⚠ {constraint} {finding}: {more}{how}", "", width, "yellow")


def _wrapped(text: str, margin: str, width: int, style: str) -> Iterator[Text]:
    for line in wrap(text, width, initial_indent=margin, subsequent_indent=margin + "  "):
        yield Text(line, style)


def _label(node: Node, layout: _Layout) -> Text:
    service = _service(node.span)
    label = Text("  " * min(node.level, layout.deepest))
    if node.level > layout.deepest:
        label.append(f"{node.level}: ", "dim")
    label.append(f"{service}: ", _color(service))
    label.append("✗ " if node.is_error else "", _FAILED)
    label.append("⚠ " if node.violations else "", "yellow")
    return label.append(_called(node), _FAILED if node.is_error else "")


def _called(node: Node) -> str:
    """The span's name behind the number of its equal copies."""
    copies = node.span["duplicate_count"] + 1
    return (f"{copies}x " if copies > 1 else "") + (_plain(node.span["name"]) or "(no name)")


def _color(service: str) -> str:
    return _SERVICES[crc32(service.encode()) % len(_SERVICES)]


def _bar(node: Node, layout: _Layout, path: list[Interval]) -> Text:
    """A block from start to end, one column at least; times beyond the trace are cut off.

    Red is kept for errors: the critical path has the colour of its service.
    """
    begin = node.span["start_time_unix_nano"] - layout.start
    end = begin + max(node.span["duration_nano"], 0)
    first = min(max(begin * layout.bar // layout.length, 0), layout.bar - 1)
    last = min(max(-(-end * layout.bar // layout.length), first + 1), layout.bar)
    bar = Text(" " * first)
    times = [event["time_unix_nano"] - layout.start for event in node.events]
    marked = {t * layout.bar // layout.length for t in times}
    color = _FAILED if node.is_error else _color(_service(node.span))
    critical = _overlap(path, layout, layout.start)
    covered = _overlap([(begin, end)], layout, 0)

    def cell(column: int) -> tuple[str, str]:
        if column in marked:
            return "◇", "bold"
        is_critical = 0 < covered.get(column, 0) <= 2 * critical.get(column, 0)
        return ("█", color) if is_critical else ("▒", _FAILED if node.is_error else "bright_black")

    for (block, style), columns in groupby(map(cell, range(first, last))):
        bar.append(block * len(list(columns)), style)
    return bar


def _overlap(intervals: list[Interval], layout: _Layout, origin: int) -> dict[int, int]:
    """How much of each column is covered, in units of 1 / bar nanoseconds: columns then have whole bounds."""
    found: dict[int, int] = {}
    for start, end in intervals:
        low = max((start - origin) * layout.bar, 0)
        high = min((end - origin) * layout.bar, layout.bar * layout.length)
        for column in range(low // layout.length, -(-high // layout.length)):
            begin, stop = column * layout.length, (column + 1) * layout.length
            found[column] = found.get(column, 0) + min(high, stop) - max(low, begin)
    return found


def _notes(node: Node) -> Iterator[tuple[str, str]]:
    """Sentences below a span, each with its style."""
    span = node.span
    if node.is_in_cycle:
        yield "↻ lies on or below a cycle of parents", "red"
    elif span["is_orphan"]:
        yield f"⌀ its parent {span['parent_span_id']} is not in the trace", "yellow"
    if node.is_error and span["status_message"]:
        yield f"✗ {_plain(span['status_message'])}", _FAILED
    for event in node.events:
        yield f"◇ +{duration(event['time_unix_nano'] - span['start_time_unix_nano'])} {_event(event)}", "dim"
    for link in node.links:
        yield f"↗ link to span {link['linked_span_id']} of trace {link['linked_trace_id']}", "dim"


def _event(event: Row) -> str:
    told = [_plain(event["name"])]
    for key in ("exception.type", "exception.message"):
        if event["attributes"].get(key):
            told.append(_plain(str(event["attributes"][key])))
    return told[0] + (" " + ": ".join(told[1:]) if told[1:] else "")


def _service(span: Row) -> str:
    return _plain(span["service_name"] or _UNNAMED)


def _time(unix_nano: int) -> str:
    seconds, rest = divmod(unix_nano, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 10**6:03} UTC"
