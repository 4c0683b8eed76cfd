"""What the spans of a whole date say of each other: instrumented names, links of consumers, skewed pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from oracle.traces_duplicates import copies_by_trace
from oracle.traces_rows import CONSUMER, SERVER, Span
from oracle.traces_shape import Trace
from oracle.traces_times import clock_skews, within

MILLISECOND = 1_000_000
Pair = tuple[date, int, int]
"""Date of the child, resource of the child, resource of its parent."""


@dataclass(frozen=True)
class DateContext:
    """Facts of all traces of the dates: what a single trace cannot know."""

    names: frozenset[tuple[date, str, str]] = frozenset()
    """(date, category, name) under which something is instrumented."""
    consumer_links: frozenset[tuple[date, str, str]] = frozenset()
    """(date of the consumer, trace id, span id) that a CONSUMER span links to."""
    bounds: Mapping[Pair, int] = field(default_factory=dict)
    """Nanoseconds, of pairs whose clocks differ by more than a millisecond as a rule."""

    def bound(self, child: Span, parent: Span) -> int:
        """Nanoseconds that the child may lie outside its parent."""
        if child.resource_key == parent.resource_key:
            return 0
        pair = (child.event_date, child.resource_key, parent.resource_key)
        return self.bounds.get(pair, MILLISECOND)


def kept(spans: Iterable[Span]) -> list[Span]:
    """All spans after deduplication, those without valid ids among them."""
    spans = list(spans)
    winners = [c.winner for copies in copies_by_trace(spans).values() for c in copies]
    return winners + [s for s in spans if not s.has_valid_ids]


def names(spans: Iterable[Span]) -> set[tuple[date, str, str]]:
    found = {
        (s.event_date, category, name)
        for s in kept(spans)
        if s.kind in (SERVER, CONSUMER)
        for category, name in (
            ("service", s.service_name),
            ("host", s.peer_host),
            ("destination", s.peer_destination),
        )
    }
    return {(day, category, name) for day, category, name in found if name is not None}


def consumer_links(spans: Iterable[Span]) -> set[tuple[date, str, str]]:
    return {
        (s.event_date, link.linked_trace_id, link.linked_span_id)
        for s in kept(spans)
        if s.kind == CONSUMER
        for link in s.links
    }


def skew_sizes(spans: Iterable[Span]) -> dict[Pair, list[int]]:
    """|clock_skew_nano| of every parent edge between two resources, of spans that have one."""
    sizes: dict[Pair, list[int]] = {}
    for copies in copies_by_trace(spans).values():
        trace = Trace(c.winner for c in copies)
        for child, skew in clock_skews(trace).items():
            parent = trace.parent(child)
            if parent is not None and parent.resource_key != child.resource_key:
                pair = (child.event_date, child.resource_key, parent.resource_key)
                sizes.setdefault(pair, []).append(within(abs(skew)))
    return sizes


def skew_samples(spans: Iterable[Span]) -> set[tuple[date, int, int, int | None, int]]:
    """Pair, size, number of edges. All sizes up to a millisecond share one row without size."""
    return {
        (*pair, size, edges)
        for pair, sizes in skew_sizes(spans).items()
        for size, edges in Counter(s if s > MILLISECOND else None for s in sizes).items()
    }


def bounds(spans: Iterable[Span]) -> dict[Pair, int]:
    """Pairs whose lower median exceeds a millisecond."""
    medians = {pair: sorted(sizes)[(len(sizes) - 1) // 2] for pair, sizes in skew_sizes(spans).items()}
    return {pair: median for pair, median in medians.items() if median > MILLISECOND}


def context_of(spans: Iterable[Span]) -> DateContext:
    spans = list(spans)
    return DateContext(frozenset(names(spans)), frozenset(consumer_links(spans)), bounds(spans))


def survey(spans: Iterable[Span]) -> dict[str, set[tuple[Any, ...]]]:
    """The three tables of a survey, as sets of rows."""
    spans = list(spans)
    return {
        "names": set(names(spans)),
        "consumer_links": set(consumer_links(spans)),
        "skews": set(skew_samples(spans)),
    }
