"""The row of a log record."""

from __future__ import annotations

from oracle.attribute_values import entries, promote, typed_text
from oracle.context import Context, attribute_columns, entities, fits, hex_or_null
from oracle.records import Record


def add(context: Context, record: Record) -> None:
    """Add the log record's row. Raises OutOfRange for times of 2^63 or later."""
    log = record.message
    time, observed = fits(log.time_unix_nano), fits(log.observed_time_unix_nano)
    known = entities(context, record.around)
    columns, rest = promote(entries(log.attributes), context.promoted["log_records"])
    letter, body = typed_text(log.body) if log.HasField("body") else (None, None)
    context.add(
        "log_records",
        {
            "event_date": context.event_date(time or observed),
            "time_unix_nano": time,
            "observed_time_unix_nano": observed,
            "severity_number": log.severity_number,
            "severity_text": log.severity_text or None,
            "body": body,
            "body_type": letter,
            "event_name": log.event_name or None,
            "trace_id": hex_or_null(log.trace_id),
            "span_id": hex_or_null(log.span_id),
            "flags": log.flags,
            "resource_key": known.resource_key,
            "scope_key": known.scope_key,
            "service_name": known.service_name,
            "dropped_attributes_count": log.dropped_attributes_count,
            "ingest_batch": context.ingest_batch,
            **attribute_columns(rest),
            **columns,
        },
    )
