"""Times within one trace: self time, critical path, clock skew."""

from __future__ import annotations

from oracle.traces_rows import Span
from oracle.traces_shape import Trace, below

Interval = tuple[int, int]
"""[start, end) in nanoseconds; empty when end <= start."""


def clipped(span: Span, start: int, end: int) -> Interval:
    return max(span.start, start), min(span.end, end)


def union_length(intervals: list[Interval]) -> int:
    length, covered_to = 0, 0
    for start, end in sorted(intervals):
        length += max(end - max(start, covered_to), 0)
        covered_to = max(covered_to, end)
    return length


def self_time(trace: Trace, span: Span) -> int:
    """What of the span's duration no child covers."""
    return span.duration - union_length([clipped(c, span.start, span.end) for c in trace.children[span]])


def critical_path(trace: Trace, head: Span) -> dict[Span, int]:
    """Share of the critical path of every span that the walk from the head visits.

    The last-returning-child walk of CRISP (Zhang et al., USENIX ATC 2022), without its allowances for
    slightly overlapping siblings and client/server pairs.
    """
    earned: dict[Span, int] = {}
    waiting = [(head, head.start, head.end)]
    while waiting:
        span, start, end = waiting.pop()
        earned[span], cursor = 0, end
        for child, (child_start, child_end) in _latest_first(trace, span, start, end):
            if child_end <= child_start or child_end > cursor:
                continue
            earned[span] += cursor - child_end
            waiting.append((child, child_start, child_end))
            cursor = child_start
        earned[span] += cursor - start
    return earned


def _latest_first(trace: Trace, span: Span, start: int, end: int) -> list[tuple[Span, Interval]]:
    """Children by clipped end, the latest first; then the later clipped start; then the greater span id."""
    children = [(child, clipped(child, start, end)) for child in trace.children[span]]
    return sorted(children, key=lambda c: (c[1][1], c[1][0], c[0].span_id), reverse=True)


def critical_paths(trace: Trace) -> dict[Span, int]:
    """Of every span under a head; 0 when the walk does not visit it."""
    out: dict[Span, int] = {}
    for head in trace.heads():
        out |= dict.fromkeys(below(trace, head), 0) | critical_path(trace, head)
    return out


def clock_skews(trace: Trace) -> dict[Span, int]:
    """What Jaeger's clock-skew adjuster would add to the times of every span under a head."""
    shift: dict[Span, int] = {}
    for head in trace.heads():
        for span in below(trace, head):
            parent = trace.parent(span)
            if parent is None:
                shift[span] = 0
            elif parent.resource_key == span.resource_key:
                shift[span] = shift[parent]
            else:
                shift[span] = skew_to_fit(span, parent, shift[parent])
    return shift


def skew_to_fit(child: Span, parent: Span, parent_shift: int) -> int:
    """Shift of a child whose clock is another one than its parent's, as a signed 64-bit integer."""
    parent_start, parent_end = parent.start + parent_shift, parent.end + parent_shift
    if parent_start <= child.start and child.end <= parent_end:
        return 0
    if child.duration > parent.duration:
        return within(max(parent_start - child.start, 0))
    return within(parent_start - child.start + (parent.duration - child.duration) // 2)


def within(nano: int) -> int:
    """The nearest signed 64-bit integer: shifts of two centuries may add up beyond it."""
    return min(max(nano, -(2**63)), 2**63 - 1)
