"""Hypothesis strategies for official OTLP requests: every field and kind of value, extreme numbers and texts.

Records state a time, as real ones do: without any, a protobuf file does not tell which signal it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor, OneofDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Strategy = st.SearchStrategy[Any]

_UINT64 = FieldDescriptor.TYPE_UINT64
_NO_STRATEGY = {"string_value_strindex", "key_strindex"}
"""Fields of the profiles' string table, which the other signals must not use."""

_EDGES = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1]
_TIMES = st.one_of(
    st.integers(1_760_000_000_000_000_000, 1_799_000_000_000_000_000),
    st.sampled_from([1, 946_684_799_999_999_999, 946_684_800_000_000_000, 2**63 - 1, 2**63, 2**64 - 1]),
)
_USUAL_TIMES = st.integers(1, 2**63 - 1)
_TEXT = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["service.name", "http.route", "error.type", "exception.message", "code.line.number", "\x00\x1f\x7f"]
    ),
    st.sampled_from(['"\\/\b\f\n\r\t', "\ufeff\u2028\u2029", "\U0001f980\u0301é", "NaN", "%s", "a" * 40]),
)
_DOUBLES = st.one_of(
    st.floats(), st.integers(-(2**53), 2**53).map(float), st.sampled_from([1e16, 1e-5, -0.0])
)
_STATES = st.sampled_from(["", "ot=th:8", "vendor=1, ot=rv:0a;th:fffffffffffff", "ot=th:zz", "a=b,ot=th:0"])


def _ids(size: int) -> Strategy:
    """Ids of the right size, absent, all zero, or of a wrong size whose hex no base64 rule could claim."""
    return st.one_of(
        st.binary(min_size=size, max_size=size),
        st.sampled_from([b"", bytes(size), b"\x01\x02\x03", b"\xff" * (size + 9)]),
    )


_BY_NAME: dict[str, Strategy] = {
    "trace_id": _ids(16),
    "span_id": _ids(8),
    "parent_span_id": _ids(8),
    "trace_state": st.one_of(_STATES, _TEXT),
    "time_unix_nano": _TIMES,
    "start_time_unix_nano": _TIMES,
    "end_time_unix_nano": _TIMES,
    "observed_time_unix_nano": _TIMES,
}


@cache
def _scalar(field: FieldDescriptor) -> Strategy:
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    if field.enum_type is not None:
        return st.one_of(
            st.sampled_from([v.number for v in field.enum_type.values]), st.integers(0, 2**31 - 1)
        )
    by_type: dict[int, Callable[[], Strategy]] = {
        FieldDescriptor.TYPE_STRING: lambda: _TEXT,
        FieldDescriptor.TYPE_BYTES: lambda: st.binary(max_size=9),
        FieldDescriptor.TYPE_BOOL: st.booleans,
        FieldDescriptor.TYPE_DOUBLE: lambda: _DOUBLES,
        FieldDescriptor.TYPE_INT64: lambda: _integers(-(2**63), 2**63 - 1),
        FieldDescriptor.TYPE_SFIXED64: lambda: _integers(-(2**63), 2**63 - 1),
        FieldDescriptor.TYPE_FIXED64: lambda: _integers(0, 2**64 - 1),
        _UINT64: lambda: _integers(0, 2**64 - 1),
        FieldDescriptor.TYPE_UINT32: lambda: _integers(0, 2**32 - 1),
        FieldDescriptor.TYPE_FIXED32: lambda: _integers(0, 2**32 - 1),
        FieldDescriptor.TYPE_INT32: lambda: _integers(-(2**31), 2**31 - 1),
        FieldDescriptor.TYPE_SINT32: lambda: _integers(-(2**31), 2**31 - 1),
    }
    return by_type[field.type]()


@cache
def _pick(oneof: OneofDescriptor) -> Strategy:
    """A member of the oneof, or none."""
    return st.sampled_from([None, *(f.name for f in oneof.fields if f.name not in _NO_STRATEGY)])


_PRESENT = st.sampled_from([True, True, False])
_COUNTS = (
    [st.sampled_from([1, 1, 1, 2, 0])] * 3
    + [st.sampled_from([0, 1, 1, 2])] * 5
    + [st.sampled_from([0, 0, 1])] * 5
    + [st.just(0)]
)
"""Elements of a repeated field by depth of its message."""


def _integers(low: int, high: int) -> Strategy:
    edges = [e for e in (low, high, *_EDGES) if low <= e <= high]
    return st.one_of(st.integers(0, 1000), st.sampled_from(edges), st.integers(low, high))


@st.composite
def messages(draw: Any, descriptor: Descriptor, depth: int = 0) -> Message:
    """A message of the type, each field present or not; values nest up to six levels of AnyValue."""
    message = GetMessageClass(descriptor)()
    chosen = {}
    for oneof in descriptor.oneofs:
        if len(oneof.fields) > 1:
            chosen[oneof.name] = draw(_pick(oneof))
    for field in descriptor.fields:
        if field.name in _NO_STRATEGY:
            continue
        oneof = field.containing_oneof
        if oneof is not None and oneof.name in chosen:
            if chosen[oneof.name] != field.name:
                continue
        elif not field.is_repeated and not draw(_PRESENT):
            continue
        _fill(draw, message, field, depth)
    _tell_signal(draw, message)
    return message


def _fill(draw: Any, message: Message, field: FieldDescriptor, depth: int) -> None:
    count = draw(_COUNTS[min(depth, 13)]) if field.is_repeated else 1
    if field.message_type is None:
        if field.is_repeated:
            getattr(message, field.name).extend(draw(_scalar(field)) for _ in range(count))
        else:
            setattr(message, field.name, draw(_scalar(field)))
        return
    if not field.is_repeated:
        getattr(message, field.name).CopyFrom(draw(messages(field.message_type, depth + 1)))
        return
    for _ in range(count):
        getattr(message, field.name).add().CopyFrom(draw(messages(field.message_type, depth + 1)))


def _tell_signal(draw: Any, message: Any) -> None:
    """Give a record the time that every real one has, and a metric a name or a point."""
    name = message.DESCRIPTOR.name
    if name in ("Span", "LogRecord") or name.endswith("DataPoint"):
        field = "start_time_unix_nano" if name == "Span" else "time_unix_nano"
        setattr(message, field, getattr(message, field) or draw(_USUAL_TIMES))
    elif name == "Metric":
        if message.name:
            return
        kind = message.WhichOneof("data") or "gauge"
        data = getattr(message, kind)
        if not data.data_points:
            data.data_points.add(time_unix_nano=draw(_USUAL_TIMES))


REQUESTS = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}


def requests(signal: str) -> Strategy:
    return messages(REQUESTS[signal].DESCRIPTOR)
