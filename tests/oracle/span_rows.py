"""Rows of a span: spans_landing, span_events_landing, span_links_landing."""

from __future__ import annotations

import re
from typing import Any

from oracle import hashing
from oracle.attribute_values import entries, promote
from oracle.context import Context, attribute_columns, entities, fits
from oracle.hashing import i64, text
from oracle.records import Record


def adjusted_count(trace_state: str) -> float:
    """Spans that one stands for: 1 / sampling probability by the `th` of tracestate member `ot`, else 1.

    The threshold is 1 to 14 hex digits, trailing zeros left out: so many of 2^56 are dropped.
    Source: OpenTelemetry tracestate probability sampling.
    """
    for member in trace_state.split(","):
        name, _, value = member.strip(" \t").partition("=")
        if name != "ot":
            continue
        for part in value.split(";"):
            key, _, digits = part.partition(":")
            if key == "th" and re.fullmatch("[0-9a-fA-F]{1,14}", digits):
                dropped = int(digits.ljust(14, "0"), 16)
                return 2.0**56 / (2**56 - dropped)
        return 1.0
    return 1.0


def content_key(record: Record, resource_key: int, scope_key: int) -> int:
    """Hash of the span with resource, scope, events and links."""
    span = record.message
    data = text(span.trace_id.hex()) + text(span.span_id.hex()) + text(span.parent_span_id.hex())
    data += text(span.trace_state) + i64(span.flags) + text(span.name) + i64(span.kind)
    data += i64(span.start_time_unix_nano) + i64(span.end_time_unix_nano - span.start_time_unix_nano)
    data += i64(span.status.code) + text(span.status.message)
    data += hashing.attributes(entries(span.attributes)) + i64(span.dropped_attributes_count)
    data += i64(span.dropped_events_count) + i64(span.dropped_links_count)
    data += i64(len(span.events))
    for event in span.events:
        data += i64(event.time_unix_nano) + text(event.name)
        data += hashing.attributes(entries(event.attributes)) + i64(event.dropped_attributes_count)
    data += i64(len(span.links))
    for link in span.links:
        data += text(link.trace_id.hex()) + text(link.span_id.hex()) + text(link.trace_state)
        data += i64(link.flags) + hashing.attributes(entries(link.attributes))
        data += i64(link.dropped_attributes_count)
    return hashing.key(text("span") + i64(resource_key) + i64(scope_key) + i64(hashing.key(data)))


def add(context: Context, record: Record) -> None:
    """Add the span's rows. Raises OutOfRange for times of 2^63 or later."""
    span = record.message
    start, end = fits(span.start_time_unix_nano), fits(span.end_time_unix_nano)
    for event in span.events:
        fits(event.time_unix_nano)
    known = entities(context, record.around)
    columns, rest = promote(entries(span.attributes), context.promoted["spans"])
    shared = {
        "event_date": context.event_date(start),
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "content_key": content_key(record, known.resource_key, known.scope_key),
        "ingest_batch": context.ingest_batch,
    }
    row: dict[str, Any] = {
        **shared,
        "parent_span_id": span.parent_span_id.hex() or None,
        "trace_state": span.trace_state or None,
        "flags": span.flags,
        "name": span.name,
        "kind": span.kind,
        "start_time_unix_nano": start,
        "duration_nano": end - start,
        "status_code": span.status.code,
        "status_message": span.status.message or None,
        "resource_key": known.resource_key,
        "scope_key": known.scope_key,
        "service_name": known.service_name,
        "operation_key": hashing.operation_key(known.service_name, span.name, span.kind),
        "dropped_attributes_count": span.dropped_attributes_count,
        "dropped_events_count": span.dropped_events_count,
        "dropped_links_count": span.dropped_links_count,
        "event_count": len(span.events),
        "link_count": len(span.links),
        "adjusted_count": adjusted_count(span.trace_state),
        "file_key": context.file_key,
        **attribute_columns(rest),
        **columns,
    }
    context.add("spans_landing", row)
    _add_events(context, span, shared)
    _add_links(context, span, shared)


def _add_events(context: Context, span: Any, shared: dict[str, Any]) -> None:
    for ordinal, event in enumerate(span.events):
        columns, rest = promote(entries(event.attributes), context.promoted["span_events"])
        context.add(
            "span_events_landing",
            {
                **shared,
                "ordinal": ordinal,
                "time_unix_nano": event.time_unix_nano,
                "name": event.name,
                "dropped_attributes_count": event.dropped_attributes_count,
                **attribute_columns(rest),
                **columns,
            },
        )


def _add_links(context: Context, span: Any, shared: dict[str, Any]) -> None:
    for ordinal, link in enumerate(span.links):
        context.add(
            "span_links_landing",
            {
                **shared,
                "ordinal": ordinal,
                "linked_trace_id": link.trace_id.hex(),
                "linked_span_id": link.span_id.hex(),
                "trace_state": link.trace_state or None,
                "flags": link.flags,
                "dropped_attributes_count": link.dropped_attributes_count,
                **attribute_columns(entries(link.attributes)),
            },
        )
