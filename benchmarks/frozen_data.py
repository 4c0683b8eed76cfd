"""The telemetry that is converted: frozen parameters, so numbers of different days and versions compare."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from warehouse.demo.history import write_history

DATE = dt.date(2026, 11, 18)
SEED = 20261118
SPANS = 200_000
"""About; the exact number is counted from the file."""
_TEXT = {"stringValue": ("string_value", str), "intValue": ("int_value", int)}
_OTHER = {"doubleValue": ("double_value", float), "boolValue": ("bool_value", bool)}


def frozen_lines(folder: Path, spans: int) -> Path:
    """The traces as JSON lines, made once and kept in `folder`."""
    lines = folder / f"traces-{SEED}-{spans}.jsonl"
    if not lines.exists():
        made = folder / "making"
        traces = write_history(made, days=1, seed=SEED, spans_per_day=spans, end_date=DATE)[0]
        traces.replace(lines)
        shutil.rmtree(made)
    return lines


def frozen_traces(folder: Path, spans: int) -> tuple[Path, Path]:
    """The same traces as JSON lines and as length-prefixed protobuf, made once and kept in `folder`."""
    lines = frozen_lines(folder, spans)
    frames = lines.with_suffix(".pb")
    if not frames.exists():
        unfinished = frames.with_suffix(".unfinished")
        _write_protobuf(lines, unfinished)
        unfinished.replace(frames)
    return lines, frames


def _write_protobuf(lines: Path, frames: Path) -> None:
    """Every line as one message behind its uint32 big-endian length, as the Collector writes it."""
    with lines.open("rb") as source, frames.open("wb") as target:
        for line in source:
            message = _request(orjson.loads(line)).SerializeToString()
            target.write(len(message).to_bytes(4, "big") + message)


def _request(value: Any) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    for group in value["resourceSpans"]:
        resource = request.resource_spans.add(schema_url=group["schemaUrl"])
        _attributes(resource.resource.attributes, group["resource"]["attributes"])
        for scope in group["scopeSpans"]:
            spans = resource.scope_spans.add()
            spans.scope.name, spans.scope.version = scope["scope"]["name"], scope["scope"]["version"]
            for span in scope["spans"]:
                _span(spans.spans.add(), span)
    return request


def _span(span: Any, value: Any) -> None:
    span.trace_id, span.span_id = bytes.fromhex(value["traceId"]), bytes.fromhex(value["spanId"])
    span.parent_span_id = bytes.fromhex(value.get("parentSpanId", ""))
    span.trace_state, span.flags = value.get("traceState", ""), value["flags"]
    span.name, span.kind = value["name"], value["kind"]
    span.start_time_unix_nano = int(value["startTimeUnixNano"])
    span.end_time_unix_nano = int(value["endTimeUnixNano"])
    span.status.code = value["status"].get("code", 0)
    span.status.message = value["status"].get("message", "")
    _attributes(span.attributes, value["attributes"])
    for event in value.get("events", ()):
        added = span.events.add(time_unix_nano=int(event["timeUnixNano"]), name=event["name"])
        _attributes(added.attributes, event["attributes"])
    for link in value.get("links", ()):
        span.links.add(
            trace_id=bytes.fromhex(link["traceId"]),
            span_id=bytes.fromhex(link["spanId"]),
            flags=link["flags"],
        )


def _attributes(attributes: Any, values: Any) -> None:
    for value in values:
        ((name, content),) = value["value"].items()
        field, cast = (_TEXT | _OTHER)[name]
        setattr(attributes.add(key=value["key"]).value, field, cast(content))
