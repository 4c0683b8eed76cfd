"""Parent edges and link edges of one trace: heads, depth, cycles, lamport clocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from oracle.traces_rows import Span

Edges = dict[Span, list[Span]]
"""Span -> the spans that its edges lead to."""


class Trace:
    """The distinct spans of one trace, in any order."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.by_id = {s.span_id: s for s in spans}
        self.spans = list(self.by_id.values())
        self.children: Edges = {s: [] for s in self.spans}
        for span in self.spans:
            parent = self.parent(span)
            if parent is not None:
                self.children[parent].append(span)

    def parent(self, span: Span) -> Span | None:
        """The other end of the span's parent edge. A span may be its own parent."""
        return None if span.parent_id is None else self.by_id.get(span.parent_id)

    def roots(self) -> list[Span]:
        return [s for s in self.spans if is_root(s)]

    def orphans(self) -> list[Span]:
        return [s for s in self.spans if is_orphan(self, s)]

    def heads(self) -> list[Span]:
        return [s for s in self.spans if self.parent(s) is None]

    def link_sources(self, span: Span) -> list[Span]:
        """The spans of this trace that the span links to: they come before it."""
        inside = (link for link in span.links if link.linked_trace_id == span.trace_id)
        return [self.by_id[link.linked_span_id] for link in inside if link.linked_span_id in self.by_id]


def is_root(span: Span) -> bool:
    return span.parent_id is None


def is_orphan(trace: Trace, span: Span) -> bool:
    return span.parent_id is not None and trace.parent(span) is None


def below(trace: Trace, head: Span) -> list[Span]:
    """The head's subtree, parents before children."""
    found, waiting = [], deque([head])
    while waiting:
        span = waiting.popleft()
        found.append(span)
        waiting.extend(trace.children[span])
    return found


def depths(trace: Trace) -> dict[Span, int]:
    """Parent edges up to the head. Spans on or below a parent cycle are not in it."""
    depth: dict[Span, int] = {}
    for head in trace.heads():
        for span in below(trace, head):
            parent = trace.parent(span)
            depth[span] = 0 if parent is None else depth[parent] + 1
    return depth


def stripped(edges: Edges) -> set[Span]:
    """What stays when spans without edges are taken away again and again: cycles, and what leads to them."""
    left, into = {span: len(targets) for span, targets in edges.items()}, turned(edges)
    bare = [span for span, count in left.items() if count == 0]
    while bare:
        span = bare.pop()
        del left[span]
        for source in into[span]:
            left[source] -= 1
            if left[source] == 0:
                bare.append(source)
    return set(left)


def parent_cycle_members(trace: Trace) -> set[Span]:
    """Spans that their own parent edges lead back to. Nothing lies above a cycle: each has one parent."""
    return stripped(trace.children)


def causes(trace: Trace) -> Edges:
    """Span -> what happened before it: its parent and its link sources in the trace."""
    out: Edges = {}
    for span in trace.spans:
        parent = trace.parent(span)
        out[span] = trace.link_sources(span) + ([] if parent is None else [parent])
    return out


def turned(edges: Edges) -> Edges:
    out: Edges = {span: [] for span in edges}
    for span, targets in edges.items():
        for target in targets:
            out[target].append(span)
    return out


def lamport_clocks(trace: Trace) -> dict[Span, int]:
    """1 + the greatest clock among the causes. Spans on or behind a cycle never get one."""
    before, after = causes(trace), turned(causes(trace))
    open_causes = {span: len(sources) for span, sources in before.items()}
    ready = [span for span, count in open_causes.items() if count == 0]
    clock: dict[Span, int] = {}
    while ready:
        span = ready.pop()
        clock[span] = 1 + max((clock[source] for source in before[span]), default=0)
        for effect in after[span]:
            open_causes[effect] -= 1
            if open_causes[effect] == 0:
                ready.append(effect)
    return clock


def causal_cycle_members(trace: Trace) -> set[Span]:
    """Spans that parent and link edges together lead back to: each reaches itself."""
    before, after = causes(trace), turned(causes(trace))
    members: set[Span] = set()
    unknown = dict.fromkeys(stripped(before) & stripped(after))
    while unknown:
        span = next(iter(unknown))
        ring = _reached(before, span) & _reached(after, span)
        if len(ring) > 1 or span in before[span]:
            members |= ring
        for member in ring:
            del unknown[member]
    return members


def _reached(edges: Edges, origin: Span) -> set[Span]:
    found, waiting = {origin}, [origin]
    while waiting:
        for target in edges[waiting.pop()]:
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
