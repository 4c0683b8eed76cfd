"""Protobuf files read with the official parsers: one bare message or uint32-prefixed ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from oracle.records import Around, Reading, Record

REQUESTS = (ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest)


def records_of(request: Any) -> Iterator[Record]:
    """The records of one request, in order; a metric's points follow one another."""
    if isinstance(request, ExportTraceServiceRequest):
        for rs in request.resource_spans:
            for ss in rs.scope_spans:
                around = Around(rs.resource, rs.schema_url, ss.scope, ss.schema_url)
                for span in ss.spans:
                    yield Record("span", around, span)
    elif isinstance(request, ExportLogsServiceRequest):
        for rl in request.resource_logs:
            for sl in rl.scope_logs:
                around = Around(rl.resource, rl.schema_url, sl.scope, sl.schema_url)
                for log in sl.log_records:
                    yield Record("log_record", around, log)
    else:
        for rm in request.resource_metrics:
            for sm in rm.scope_metrics:
                around = Around(rm.resource, rm.schema_url, sm.scope, sm.schema_url)
                for metric in sm.metrics:
                    yield from metric_points(around, metric)


def metric_points(around: Around, metric: Metric) -> Iterator[Record]:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    for point in getattr(metric, kind).data_points:
        yield Record("metric_point", around, point, metric)


def parse(data: bytes) -> Any:
    """The request that the bytes hold: of the three types the one that parses with fewest unknown fields.

    Raises `DecodeError` when none parses.
    """
    best: tuple[int, int, Any] | None = None
    for order, kind in enumerate(REQUESTS):
        try:
            request = kind.FromString(data)
        except DecodeError:
            continue
        rating = (_unknown(request), order, request)
        if best is None or rating[:2] < best[:2]:
            best = rating
    if best is None:
        raise DecodeError("no OTLP export request")
    return best[2]


def _unknown(message: Any) -> int:
    """Unknown fields anywhere in the message."""
    count = len(UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for child in value if field.is_repeated else [value]:
            count += _unknown(child)
    return count


def frames(data: bytes) -> Iterator[bytes]:
    """The complete messages of a length-prefixed file; a torn tail is left out."""
    at = 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + length > len(data):
            return
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def read(data: bytes, form: str) -> Reading:
    """Read `proto` or `proto_length_prefixed` bytes."""
    reading = Reading()
    for frame in [data] if form == "proto" else frames(data):
        try:
            request = parse(frame)
        except DecodeError:
            reading.rejected["other"] += 1
            continue
        reading.messages += 1
        reading.records.extend(records_of(request))
    return reading
