"""The oracle's door: bytes of a file in, rows of every lake table and counts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oracle import json_reading, log_rows, metric_rows, protobuf_reading, span_rows
from oracle.context import Context, OutOfRange
from oracle.records import SIGNALS, Reading, Record

_ADD = {"span": span_rows.add, "log_record": log_rows.add, "metric_point": metric_rows.add}


@dataclass(slots=True)
class Decoded:
    """Rows by table; found and rejected records by signal; `rejected_other` counts whole messages."""

    rows: dict[str, list[dict[str, Any]]]
    found: dict[str, int]
    rejected: dict[str, int]
    messages: int


def rows_from_reading(reading: Reading, context: Context | None = None) -> Decoded:
    """Rows of records that were read; a record whose times or counts do not fit is rejected."""
    context = context or Context()
    found = {s: reading.found(s) for s in SIGNALS}
    rejected = dict(reading.rejected)
    for record in reading.records:
        try:
            add(context, record)
        except OutOfRange:
            rejected[record.signal] += 1
    return Decoded(context.rows, found, rejected, reading.messages)


def add(context: Context, record: Record) -> None:
    """Add the rows of one record. Raises OutOfRange when it is to be rejected."""
    _ADD[record.signal](context, record)


def rows_from_message(message: Any, context: Context | None = None) -> Decoded:
    """Rows of one official ExportTrace/Logs/MetricsServiceRequest."""
    reading = Reading(records=list(protobuf_reading.records_of(message)), messages=1)
    return rows_from_reading(reading, context)


def decode(data: bytes, form: str, context: Context | None = None) -> Decoded:
    """Rows of a whole file in one of the four forms json_lines, json, proto, proto_length_prefixed."""
    reader = json_reading if form.startswith("json") else protobuf_reading
    return rows_from_reading(reader.read(data, form), context)
