"""Lake table of log records."""

from __future__ import annotations

from warehouse.schemas.model import (
    ATTRIBUTE_TYPES,
    ATTRIBUTES,
    DROPPED_ATTRIBUTES,
    EVENT_DATE,
    INGEST_BATCH,
    RESOURCE_KEY,
    SCOPE_KEY,
    SERVICE_NAME,
    Column,
    Table,
)
from warehouse.schemas.promoted import promoted_in

LOG_RECORDS = Table(
    "log_records",
    "One row per log record, kept as it came",
    (),
    (
        EVENT_DATE,
        Column(
            "time_unix_nano", "bigint", "Time of the event, nanoseconds since 1970-01-01 UTC; 0 when missing"
        ),
        Column("observed_time_unix_nano", "bigint", "When the collection system saw it; 0 when missing"),
        Column("severity_number", "int", "Severity 1 (trace) to 24 (fatal4); 0 when unspecified"),
        Column("severity_text", "string", "Severity as the source names it; null when empty", True),
        Column("body", "string", "Body as text, in the form of attribute values; null when absent", True),
        Column(
            "body_type", "string", "Type letter of the body as in attribute_types; null when absent", True
        ),
        Column("event_name", "string", "Name of the event that the record states; null when empty", True),
        Column("trace_id", "string", "Trace id in lower-case hex; null when empty", True),
        Column("span_id", "string", "Span id in lower-case hex; null when empty", True),
        Column("flags", "bigint", "W3C trace flags"),
        RESOURCE_KEY,
        SCOPE_KEY,
        SERVICE_NAME,
        ATTRIBUTES,
        ATTRIBUTE_TYPES,
        DROPPED_ATTRIBUTES,
        INGEST_BATCH,
        *(p.column for p in promoted_in("log_records")),
    ),
    "event_date",
    ("service_name", "time_unix_nano"),
    ("trace_id", "span_id"),
    ("time_unix_nano", "observed_time_unix_nano"),
)
