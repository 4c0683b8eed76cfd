"""Lake tables that account for what was read: ledger, rejects, violations."""

from __future__ import annotations

from warehouse.schemas.model import EVENT_DATE, Column, Table

_FILE_KEY = Column("file_key", "bigint", "Content hash of path and first bytes of the file")
_BATCH_ID = Column("batch_id", "bigint", "Number of the ingest run, from 1")


def _rows(table: str) -> Column:
    return Column(f"{table}_rows", "bigint", f"Rows written to {table}")


INGEST_FILES = Table(
    "ingest_files",
    "One row per ingested file version: what was found in the bytes from start_offset to end_offset. "
    "Offsets in gzip and zstd files count decompressed bytes",
    ("file_key", "batch_id"),
    (
        _FILE_KEY,
        _BATCH_ID,
        Column("path", "string", "Path or URL as given, made absolute"),
        Column("size_bytes", "bigint", "Size of the file when it was read, bytes"),
        Column("modified_unix_nano", "bigint", "Modification time, nanoseconds since 1970-01-01 UTC"),
        Column("etag", "string", "Version of an object as its store names it; empty for files"),
        Column("head_bytes", "bigint", "Length of the leading bytes that head_hash covers"),
        Column(
            "head_hash", "bigint", "Hash of the first head_bytes bytes: tells a grown file from a new one"
        ),
        Column(
            "content_hash",
            "bigint",
            "Hash of the bytes from start_offset to end_offset but for pieces that could not be read; of a "
            "replay that read these, of all bytes",
        ),
        Column("form", "string", "Framing and encoding that the bytes were recognised as"),
        Column(
            "inner_form",
            "string",
            "What lies inside a compressed or framed file, from outside in; null when nothing is known to",
            True,
        ),
        Column("start_offset", "bigint", "First byte read by this batch"),
        Column("end_offset", "bigint", "First byte not taken: the next batch continues here"),
        Column("torn_tail_bytes", "bigint", "Bytes after end_offset that are no complete record yet"),
        Column("messages", "bigint", "Export messages (lines, documents, protobuf messages) read"),
        Column("spans", "bigint", "Spans found"),
        Column("log_records", "bigint", "Log records found"),
        Column("metric_points", "bigint", "Metric data points found"),
        Column("rejected_spans", "bigint", "Spans rejected"),
        Column("rejected_log_records", "bigint", "Log records rejected"),
        Column("rejected_metric_points", "bigint", "Metric data points rejected"),
        Column("rejected_other", "bigint", "Messages or files rejected whole; what they held is not known"),
        _rows("spans_landing"),
        _rows("span_events_landing"),
        _rows("span_links_landing"),
        _rows("log_records"),
        _rows("number_points"),
        _rows("histogram_points"),
        _rows("exponential_histogram_points"),
        _rows("summary_points"),
        _rows("exemplars"),
        Column(
            "is_replay",
            "boolean",
            "Whether the row corrects earlier ones of the file: a replay took records that were rejected. "
            "Its counts are differences and its range of bytes is empty",
        ),
        Column(
            "ingested_at_unix_nano", "bigint", "Start of the ingest run, nanoseconds since 1970-01-01 UTC"
        ),
    ),
    None,
    ("path", "batch_id"),
)
REJECTS = Table(
    "rejects",
    "One row per rejected record, message or file",
    ("file_key", "byte_offset", "record_ordinal", "reason"),
    (
        _FILE_KEY,
        _BATCH_ID,
        Column("path", "string", "Path of the file"),
        Column(
            "byte_offset",
            "bigint",
            "First rejected byte: decompressed in a gzip or zstd file, but the place of the frame "
            "in a file of one zstd frame per message",
        ),
        Column("length_bytes", "bigint", "Rejected bytes"),
        Column(
            "record_ordinal",
            "int",
            "Position of the record among those of its message; 0 for a whole message",
        ),
        Column(
            "signal", "string", "span, log_record, metric_point, profile, or message when it is not known"
        ),
        Column("reason", "string", "Why, as a short fixed word: malformed_json, bad_id, unsupported_form …"),
        Column("detail", "string", "Why, as a sentence; null when the reason says all", True),
        Column("raw", "binary", "The rejected bytes; the first 64 KiB of longer ones"),
    ),
    None,
    ("path", "byte_offset"),
)
INTEGRITY_VIOLATIONS = Table(
    "integrity_violations",
    "One row per violation of an integrity constraint",
    (),
    (
        EVENT_DATE,
        Column("constraint_id", "string", "IC1 to IC5, TIME, CAUSAL or TYPE"),
        Column("severity", "string", "error, warning or info"),
        Column("finding", "string", "In which way it is violated: missing_parent, outside_parent …"),
        Column("trace_id", "string", "Trace concerned; null when none is", True),
        Column("span_id", "string", "Span concerned; null when none is", True),
        Column("stream_key", "bigint", "Metric stream concerned; null when none is", True),
        Column("resource_key", "bigint", "Resource concerned; null when none is", True),
        Column("detail", "string", "What is wrong"),
        Column("fix", "string", "What a person can do about it"),
    ),
    "event_date",
    ("constraint_id", "trace_id", "span_id"),
)
