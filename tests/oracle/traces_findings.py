"""The integrity constraints of one trace: one finding per violation, on its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from oracle.traces_dates import DateContext
from oracle.traces_duplicates import Copies
from oracle.traces_rows import (
    CAUSAL,
    CLIENT,
    CONSUMER,
    IC1,
    IC2,
    IC3,
    PRODUCER,
    SERVER,
    TIME,
    TYPE,
    Span,
    is_no_id,
)
from oracle.traces_shape import Trace, causal_cycle_members, is_orphan, parent_cycle_members

BITS = {
    "multiple_roots": IC1,
    "conflicting_duplicate": IC1,
    "missing_parent": IC2,
    "uninstrumented_callee": IC3,
    "unnamed_peer": IC3,
    "ends_before_start": TIME,
    "outside_parent": TIME,
    "parent_cycle": CAUSAL,
    "link_cycle": CAUSAL,
    "bad_trace_id": TYPE,
    "bad_span_id": TYPE,
    "zero_parent_id": TYPE,
}


@dataclass(frozen=True)
class Violation:
    """`marked` are the spans whose `issues` show it."""

    finding: str
    event_date: date
    trace_id: str
    row: int | None = None
    related_row: int | None = None
    value: int | None = None
    marked: tuple[Span, ...] = ()


def _on(span: Span, finding: str, related: Span | None = None, value: int | None = None) -> Violation:
    other = None if related is None else related.row
    return Violation(finding, span.event_date, span.trace_id, span.row, other, value, (span,))


def earliest(spans: list[Span]) -> Span | None:
    """The one that starts first, of several the one with the smallest span id."""
    return min(spans, key=lambda s: (s.start, s.span_id), default=None)


def malformed_ids(span: Span) -> Iterator[Violation]:
    """TYPE: ids are 16 and 8 bytes and not all zero; also of spans that belong to no trace."""
    if is_no_id(span.trace_id) or len(span.trace_id) != 32:
        yield _on(span, "bad_trace_id")
    if is_no_id(span.span_id) or len(span.span_id) != 16:
        yield _on(span, "bad_span_id")
    if span.parent_span_id and is_no_id(span.parent_span_id):
        yield _on(span, "zero_parent_id")


def conflicting_copies(copies: Copies) -> Iterator[Violation]:
    """IC1: a span id stands for one span. The copy that stays is marked, each that goes is a violation.

    Told on the date of the copy that stays: the other's may be left without spans. An assembled row that
    goes takes the equal copies with it that it once took in.
    """
    winner = copies.winner
    for loser in copies.losers:
        if copies.is_conflict(loser):
            violation = _on(loser, "conflicting_duplicate", winner)
            violation = replace(violation, event_date=winner.event_date, marked=(winner,))
            yield from [violation] * (1 + loser.duplicate_count)


def several_roots(trace: Trace) -> Iterator[Violation]:
    """IC1: one root at most."""
    roots = trace.roots()
    first = earliest(roots)
    if first is not None and len(roots) > 1:
        yield Violation(
            "multiple_roots",
            first.event_date,
            first.trace_id,
            first.row,
            None,
            len(roots),
            tuple(roots),
        )


def missing_parents(trace: Trace) -> Iterator[Violation]:
    """IC2: a parent that is named is in the trace."""
    for span in trace.spans:
        if is_orphan(trace, span):
            yield _on(span, "missing_parent")


def unanswered_calls(trace: Trace, context: DateContext) -> Iterator[Violation]:
    """IC3: calls and messages arrive somewhere, unless at a peer that is not instrumented."""
    for span in trace.spans:
        if span.kind not in (CLIENT, PRODUCER) or _is_answered(trace, span, context):
            continue
        peers = {
            ("service", span.peer_service),
            ("host", span.peer_host),
            ("destination", span.peer_destination),
        }
        if any((span.event_date, *peer) in context.names for peer in peers):
            yield _on(span, "uninstrumented_callee")
        elif span.peer_database is None and all(name is None for _, name in peers):
            yield _on(span, "unnamed_peer")


def _is_answered(trace: Trace, span: Span, context: DateContext) -> bool:
    kinds = {child.kind for child in trace.children[span]}
    if span.kind == CLIENT:
        return SERVER in kinds
    return CONSUMER in kinds or (span.event_date, span.trace_id, span.span_id) in context.consumer_links


def misplaced_times(trace: Trace, context: DateContext) -> Iterator[Violation]:
    """TIME: a span ends after it starts, and lies within its parent as far as their clocks can tell."""
    for span in trace.spans:
        if span.duration_nano < 0:
            yield _on(span, "ends_before_start", value=span.duration_nano)
        parent = trace.parent(span)
        if parent is None or is_asynchronous(span, parent):
            continue
        outside = max(parent.start - span.start, span.end - parent.end)
        beyond = outside - context.bound(span, parent)
        if beyond > 0:
            yield _on(span, "outside_parent", parent, beyond)


def is_asynchronous(span: Span, parent: Span) -> bool:
    """The parent does not wait for it."""
    return span.kind == CONSUMER or parent.kind == PRODUCER or bool(span.links)


def cycles(trace: Trace) -> Iterator[Violation]:
    """CAUSAL: nothing happens before itself."""
    on_parents = parent_cycle_members(trace)
    for span in on_parents:
        yield _on(span, "parent_cycle")
    for span in causal_cycle_members(trace) - on_parents:
        yield _on(span, "link_cycle")


def violations_of_trace(copies: list[Copies], trace: Trace, context: DateContext) -> list[Violation]:
    found = [v for c in copies for v in conflicting_copies(c)]
    found += [v for s in trace.spans for v in malformed_ids(s)]
    found += several_roots(trace)
    found += missing_parents(trace)
    found += unanswered_calls(trace, context)
    found += misplaced_times(trace, context)
    found += cycles(trace)
    return found
