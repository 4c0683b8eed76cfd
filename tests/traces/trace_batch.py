"""Input rows of trace assembly, and their Arrow form."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from oracle import hashing
from oracle.traces_dates import DateContext, context_of
from oracle.traces_rows import OUT_OF_RANGE, Span, spans_of

Row = dict[str, Any]
SECOND = 10**9
DAY = 86_400 * SECOND
MIDNIGHT = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * SECOND
"""All ordinary traces lie around it."""
_FIRST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * SECOND
_LAST = MIDNIGHT + 10 * DAY

_TEXT = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "service_name",
    "peer_service",
    "peer_host",
    "peer_destination",
    "peer_database",
)
TEXT_TYPES = (pa.utf8(), pa.large_utf8(), pa.dictionary(pa.int32(), pa.utf8()))
_SPANS: dict[str, Any] = {
    "event_date": pa.date32(),
    "trace_id": pa.utf8(),
    "span_id": pa.utf8(),
    "parent_span_id": pa.utf8(),
    "kind": pa.int32(),
    "status_code": pa.int32(),
    "start_time_unix_nano": pa.int64(),
    "duration_nano": pa.int64(),
    "resource_key": pa.int64(),
    "service_name": pa.utf8(),
    "content_key": pa.int64(),
    "is_assembled": pa.bool_(),
    "duplicate_count": pa.int32(),
    "known_issues": pa.int32(),
    "peer_service": pa.utf8(),
    "peer_host": pa.utf8(),
    "peer_destination": pa.utf8(),
    "peer_database": pa.utf8(),
}
_PROMOTED = {
    "peer_service": "service_peer_name",
    "peer_host": "server_address",
    "peer_destination": "messaging_destination_name",
    "peer_database": "db_namespace",
}
"""Columns in which peers are named."""
_LINKS: dict[str, Any] = {
    "event_date": pa.date32(),
    "trace_id": pa.utf8(),
    "span_id": pa.utf8(),
    "content_key": pa.int64(),
    "linked_trace_id": pa.utf8(),
    "linked_span_id": pa.utf8(),
}
_NOT_CONTENT = ("content_key", "is_assembled", "duplicate_count")


def event_date(nano: int) -> date:
    """UTC date of a believable time, else 1970-01-01."""
    if not _FIRST <= nano <= _LAST:
        return OUT_OF_RANGE
    return datetime.fromtimestamp(nano // SECOND, UTC).date()


@dataclass
class Batch:
    """Rows of whole traces in any order."""

    spans: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)

    def add(self, span: Row, linked: Sequence[tuple[str, str]] = ()) -> Row:
        """A landing row with its content key, and its links to (trace id, span id)."""
        content = sorted((k, str(v)) for k, v in span.items() if k not in _NOT_CONTENT)
        span["content_key"] = hashing.key(repr((content, linked)).encode())
        self.spans.append(span)
        for trace, other in linked:
            self.links.append(
                {
                    "event_date": span["event_date"],
                    "trace_id": span["trace_id"],
                    "span_id": span["span_id"],
                    "content_key": span["content_key"],
                    "linked_trace_id": trace,
                    "linked_span_id": other,
                }
            )
        return span

    def shuffled(self, rng: random.Random) -> Batch:
        return Batch(rng.sample(self.spans, len(self.spans)), rng.sample(self.links, len(self.links)))

    def oracle_spans(self) -> list[Span]:
        return spans_of(self.spans, self.links)

    def context(self) -> DateContext:
        return context_of(self.oracle_spans())

    def tables(self, text: Any = None) -> tuple[pa.Table, pa.Table]:
        """The spans and links, text columns of the given type."""
        spans = arrow(self.spans, _SPANS, text)
        spans = spans.rename_columns([_PROMOTED.get(name, name) for name in spans.column_names])
        return spans, arrow(self.links, _LINKS, text)


def span_row(trace_id: str, span_id: str, parent: str | None, start: int, duration: int, **more: Any) -> Row:
    """A landing row of an INTERNAL span of service `shop`; `more` overrides."""
    return {
        "event_date": event_date(start),
        "trace_id": trace_id,
        "span_id": span_id,
        "parent_span_id": parent,
        "kind": 1,
        "status_code": 0,
        "start_time_unix_nano": start,
        "duration_nano": duration,
        "resource_key": 1,
        "service_name": "shop",
        "content_key": None,
        "is_assembled": False,
        "duplicate_count": 0,
        "known_issues": 0,
        "peer_service": None,
        "peer_host": None,
        "peer_destination": None,
        "peer_database": None,
    } | more


def arrow(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any], text: Any = None) -> pa.Table:
    schema = pa.schema([(n, text if text is not None and n in _TEXT else t) for n, t in columns.items()])
    return pa.table([pa.array([r[n] for r in rows], schema.field(n).type) for n in schema.names], schema)
