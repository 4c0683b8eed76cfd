"""Spans and links as the oracle of trace assembly reads them, and what is said of a single span.

Nothing here shares code with the native kernel. Definitions: sections 6, 7 and 11 of the design.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = Mapping[str, Any]
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
ERROR = 2
OUT_OF_RANGE = date(1970, 1, 1)
LATEST = 2**63 - 1
IC1, IC2, IC3, IC5, TIME, CAUSAL, TYPE = 1, 2, 4, 16, 32, 64, 128


@dataclass(frozen=True, eq=False)
class Link:
    """A link as its span's export states it; `content_key` tells copies of the span apart."""

    event_date: date
    trace_id: str
    span_id: str
    content_key: int | None
    linked_trace_id: str
    linked_span_id: str


@dataclass(frozen=True, eq=False)
class Span:
    """One input row. Compared and hashed by identity: two rows are two spans, however equal."""

    row: int
    event_date: date
    trace_id: str
    span_id: str
    parent_span_id: str | None
    kind: int
    status_code: int
    start_time_unix_nano: int
    duration_nano: int
    resource_key: int
    service_name: str | None
    content_key: int | None
    is_assembled: bool
    duplicate_count: int
    known_issues: int
    peer_service: str | None
    peer_host: str | None
    peer_destination: str | None
    peer_database: str | None
    links: list[Link] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.start_time_unix_nano

    @property
    def duration(self) -> int:
        """A clock that went back counts as no time."""
        return max(self.duration_nano, 0)

    @property
    def end(self) -> int:
        return min(self.start + self.duration, LATEST)

    @property
    def parent_id(self) -> str | None:
        """Null, empty and all-zero parent ids are none."""
        return None if is_no_id(self.parent_span_id) else self.parent_span_id

    @property
    def has_valid_ids(self) -> bool:
        return not is_no_id(self.trace_id) and not is_no_id(self.span_id)

    @property
    def is_in_range(self) -> bool:
        return self.event_date != OUT_OF_RANGE


def is_no_id(text: str | None) -> bool:
    return text is None or set(text) <= {"0"}


def spans_of(rows: Iterable[Row], links: Iterable[Row]) -> list[Span]:
    """The rows in order, each with the links that carry its ids and content key."""
    by_span: dict[tuple[str, str, int | None], list[Link]] = {}
    for row in links:
        link = Link(**row)
        by_span.setdefault((link.trace_id, link.span_id, link.content_key), []).append(link)
    spans = [Span(row=n, **row) for n, row in enumerate(rows)]
    for span in spans:
        if span.has_valid_ids:
            span.links.extend(by_span.get((span.trace_id, span.span_id, span.content_key), []))
    return spans
