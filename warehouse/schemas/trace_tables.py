"""Lake tables of spans, their children and assembled traces."""

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

_TRACE_ID = Column("trace_id", "string", "Trace id in lower-case hex; empty when the source had none")
_SPAN_ID = Column("span_id", "string", "Span id in lower-case hex; empty when the source had none")

_SPAN = (
    EVENT_DATE,
    _TRACE_ID,
    _SPAN_ID,
    Column("parent_span_id", "string", "Parent's span id in lower-case hex; null for a root", True),
    Column("trace_state", "string", "W3C tracestate; null when empty", True),
    Column("flags", "bigint", "Span flags of OTLP: W3C trace flags and remote-parent bits"),
    Column("name", "string", "Span name"),
    Column("kind", "int", "Span kind: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer"),
    Column("start_time_unix_nano", "bigint", "Start, nanoseconds since 1970-01-01 UTC; 0 when missing"),
    Column(
        "duration_nano",
        "bigint",
        "End minus start in nanoseconds; negative when the source's clock went back",
    ),
    Column("status_code", "int", "Status: 0 unset, 1 ok, 2 error"),
    Column("status_message", "string", "Status description; null when empty", True),
    RESOURCE_KEY,
    SCOPE_KEY,
    SERVICE_NAME,
    Column(
        "operation_key", "bigint", "Content hash of service name, span name and kind; joins dim_operation"
    ),
    ATTRIBUTES,
    ATTRIBUTE_TYPES,
    DROPPED_ATTRIBUTES,
    Column("dropped_events_count", "bigint", "Events that the source dropped before export"),
    Column("dropped_links_count", "bigint", "Links that the source dropped before export"),
    Column("event_count", "int", "Events of the span in this export"),
    Column("link_count", "int", "Links of the span in this export"),
    Column(
        "adjusted_count",
        "double",
        "Spans this one stands for: 1 / sampling probability of tracestate `ot=th:`, else 1",
    ),
    INGEST_BATCH,
)
_CONTENT_KEY = Column(
    "content_key", "bigint", "Content hash of the whole span with resource, scope and children"
)
_LANDING = (
    _CONTENT_KEY,
    Column("file_key", "bigint", "Ingested file; joins ingest_files"),
    Column("byte_offset", "bigint", "Offset of the record's first byte in the file, after decompression"),
    Column("record_ordinal", "int", "Position of the record among those of its message, from 0"),
)
_ASSEMBLED = (
    Column("trace_start_unix_nano", "bigint", "Earliest in-range start of the trace, nanoseconds", True),
    Column("duplicate_count", "int", "Equal copies of this span that were folded into it"),
    Column("is_root", "boolean", "Has no parent_span_id; null for a span without valid ids", True),
    Column(
        "is_orphan", "boolean", "Names a parent that the trace does not hold; null without valid ids", True
    ),
    Column(
        "depth", "int", "Parent edges up to the head of its subtree; null on or below a parent cycle", True
    ),
    Column("child_count", "int", "Parent edges into this span; null without valid ids", True),
    Column("parent_service_name", "string", "Service of the parent span; null for a head", True),
    Column("is_remote_parent", "boolean", "Parent belongs to another service; null for a head", True),
    Column(
        "self_time_nano",
        "bigint",
        "Duration not covered by children, nanoseconds; null without valid ids",
        True,
    ),
    Column(
        "critical_path_nano",
        "bigint",
        "Share of the critical path, nanoseconds; null on or below a cycle",
        True,
    ),
    Column(
        "lamport_clock",
        "int",
        "Longest chain of parent and link edges to this span; null behind a cycle",
        True,
    ),
    Column("clock_skew_nano", "bigint", "Shift that would fit the span into its parent, nanoseconds", True),
    Column(
        "issues",
        "int",
        "Bit set of violated constraints: IC1 1, IC2 2, IC3 4, IC4 8, IC5 16, TIME 32, CAUSAL 64, TYPE 128",
    ),
)

_ORDINAL = Column("ordinal", "int", "Position within the span, from 0")
_EVENT = (
    EVENT_DATE,
    _TRACE_ID,
    _SPAN_ID,
    _ORDINAL,
    Column("time_unix_nano", "bigint", "Time of the event, nanoseconds since 1970-01-01 UTC"),
    Column("name", "string", "Event name"),
    ATTRIBUTES,
    ATTRIBUTE_TYPES,
    DROPPED_ATTRIBUTES,
)
_LINK = (
    EVENT_DATE,
    _TRACE_ID,
    _SPAN_ID,
    _ORDINAL,
    Column("linked_trace_id", "string", "Trace id of the linked span, lower-case hex"),
    Column("linked_span_id", "string", "Span id of the linked span, lower-case hex"),
    Column("trace_state", "string", "W3C tracestate of the linked span; null when empty", True),
    Column("flags", "bigint", "Link flags of OTLP"),
    ATTRIBUTES,
    ATTRIBUTE_TYPES,
    DROPPED_ATTRIBUTES,
)
_SPAN_COLUMNS = tuple(p.column for p in promoted_in("spans"))
_EVENT_COLUMNS = tuple(p.column for p in promoted_in("span_events"))
_IDS = ("trace_id", "span_id", "parent_span_id", "duration_nano")
_REGULAR = ("resource_key", "scope_key", "operation_key", "kind", "server_port", "user_id", "url_path")
_NEW_VALUES = tuple(p.column.name for p in promoted_in("spans") if not p.repeats)

SPANS_LANDING = Table(
    "spans_landing",
    "One row per span that ingest read, before assembly: duplicates and late spans are all there",
    ("content_key", "file_key", "byte_offset", "record_ordinal"),
    _SPAN + _LANDING + _SPAN_COLUMNS,
    "event_date",
    ("trace_id", "start_time_unix_nano", "span_id"),
    (*_IDS, "content_key", *_NEW_VALUES),
    ("start_time_unix_nano", "byte_offset"),
)
SPAN_EVENTS_LANDING = Table(
    "span_events_landing",
    "One row per event of a span that ingest read, before assembly",
    ("content_key", "ordinal"),
    (*_EVENT, _CONTENT_KEY, INGEST_BATCH, *_EVENT_COLUMNS),
    "event_date",
    ("trace_id", "span_id", "ordinal"),
    ("trace_id", "span_id", "content_key"),
    ("time_unix_nano",),
)
SPAN_LINKS_LANDING = Table(
    "span_links_landing",
    "One row per link of a span that ingest read, before assembly",
    ("content_key", "ordinal"),
    (*_LINK, _CONTENT_KEY, INGEST_BATCH),
    "event_date",
    ("trace_id", "span_id", "ordinal"),
    ("trace_id", "span_id", "content_key", "linked_trace_id", "linked_span_id"),
)
SPANS = Table(
    "spans",
    "One row per assembled span, deduplicated, with its place in the trace",
    ("trace_id", "span_id"),
    _SPAN + _ASSEMBLED + _SPAN_COLUMNS,
    "event_date",
    ("trace_start_unix_nano", "trace_id", "start_time_unix_nano", "span_id"),
    (*_IDS, "self_time_nano", "critical_path_nano", "trace_start_unix_nano", *_NEW_VALUES),
    ("start_time_unix_nano", "duration_nano"),
    ("start_time_unix_nano", "db_query_text", "attribute_types", *_REGULAR),
    ("trace_id",),
)
SPAN_EVENTS = Table(
    "span_events",
    "One row per event of an assembled span",
    ("trace_id", "span_id", "ordinal"),
    (*_EVENT, INGEST_BATCH, *_EVENT_COLUMNS),
    "event_date",
    ("trace_id", "span_id", "ordinal"),
    ("trace_id", "span_id"),
    ("time_unix_nano",),
    ("time_unix_nano",),
)
SPAN_LINKS = Table(
    "span_links",
    "One row per link of an assembled span",
    ("trace_id", "span_id", "ordinal"),
    (*_LINK, INGEST_BATCH),
    "event_date",
    ("trace_id", "span_id", "ordinal"),
    ("trace_id", "span_id", "linked_trace_id", "linked_span_id"),
)
TRACES = Table(
    "traces",
    "One row per assembled trace, on the date of its earliest span",
    ("trace_id",),
    (
        EVENT_DATE,
        _TRACE_ID,
        Column("span_dates", "string", "Event dates of its spans, ISO form, ascending, joined by commas"),
        Column("start_time_unix_nano", "bigint", "Earliest start, nanoseconds since 1970-01-01 UTC", True),
        Column("duration_nano", "bigint", "Latest end minus earliest start, nanoseconds", True),
        Column(
            "root_span_id", "string", "Earliest root, else earliest orphan; null when there is none", True
        ),
        Column("root_service_name", "string", "Service of that span; null when unnamed", True),
        Column("root_operation_name", "string", "Name of that span; null when there is none", True),
        Column("span_count", "bigint", "Spans of the trace"),
        Column("service_count", "int", "Distinct services; the unnamed count as one"),
        Column("error_count", "bigint", "Spans with status error"),
        Column("orphan_count", "bigint", "Spans whose parent the trace does not hold"),
        Column("root_count", "bigint", "Spans without parent_span_id"),
        Column("max_depth", "int", "Greatest depth; null when no span has one", True),
        Column("has_error", "boolean", "Some span has status error"),
        Column("is_complete", "boolean", "Exactly one root, no orphan, no parent cycle"),
        Column(
            "critical_path_by_service",
            "map",
            "Critical-path nanoseconds in decimal by service, root's subtree",
        ),
        Column("issues", "int", "Union of its spans' issues"),
    ),
    "event_date",
    ("trace_id",),
    ("trace_id", "root_span_id", "duration_nano"),
    ("start_time_unix_nano", "duration_nano"),
)
