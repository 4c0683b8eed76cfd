"""OTLP/JSON files read tolerantly, each record handed to the official JSON parser on its own.

Only what the official parser does not know is done here: hex ids, older container names, bare `ResourceSpans`
objects, documents next to each other, and one bad record not costing its neighbours.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from oracle.records import Around, Reading, Record

_ID_BYTES = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
_SIGNALS = {"spans": "span", "log_records": "log_record", "metrics": "metric_point"}
_LISTS = {
    "resource_spans": ("scope_spans", "instrumentation_library_spans", "spans"),
    "resource_logs": ("scope_logs", "instrumentation_library_logs", "log_records"),
    "resource_metrics": ("scope_metrics", "instrumentation_library_metrics", "metrics"),
}
_OLDER_RECORDS = {"log_records": "logs"}
_POINTS = {
    "gauge": metrics.NumberDataPoint,
    "sum": metrics.NumberDataPoint,
    "histogram": metrics.HistogramDataPoint,
    "exponential_histogram": metrics.ExponentialHistogramDataPoint,
    "summary": metrics.SummaryDataPoint,
}
_REMOVED_KINDS = {
    f"{number}_{kind}" for number in ("int", "double") for kind in ("gauge", "sum", "histogram", "summary")
}
_BAD = (ParseError, ValueError, TypeError, AttributeError, KeyError)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda m: "_" + m[0].lower(), name)


def _members(value: Any) -> dict[str, Any]:
    """An object's members under their snake_case names; members that are null are as good as missing."""
    if not isinstance(value, dict):
        raise ParseError(f"not an object: {value!r:.60}")
    return {_snake(k): v for k, v in value.items() if v is not None}


def _elements(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ParseError(f"not an array: {value!r:.60}")
    return value


def id_bytes(text: Any, size: int) -> bytes:
    """An id written as hex or base64, by the order of precedence of DESIGN section 11. Raises ParseError."""
    if not isinstance(text, str):
        raise ParseError("an id is a string")
    is_hex = re.fullmatch("[0-9a-fA-F]*", text) is not None and len(text) % 2 == 0
    if is_hex and len(text) == 2 * size:
        return bytes.fromhex(text)
    try:
        decoded = _base64(text)
    except binascii.Error:
        decoded = None
    if decoded is not None and len(decoded) == size:
        return decoded
    if is_hex:
        return bytes.fromhex(text)
    if decoded is None:
        raise ParseError(f"not an id: {text!r:.60}")
    return decoded


def _base64(text: str) -> bytes:
    """Standard or URL-safe base64, padding optional but never too much. Raises `binascii.Error`."""
    body = text.rstrip("=")
    if re.fullmatch("[A-Za-z0-9+/]*|[A-Za-z0-9_-]*", body) is None or len(text) - len(body) > -len(body) % 4:
        raise binascii.Error("not base64")
    body = body.replace("-", "+").replace("_", "/")
    return base64.b64decode(body + "=" * (-len(body) % 4))


def _official(value: Any, descriptor: Descriptor) -> dict[str, Any]:
    """The members that the message type knows, as the official parser wants them: ids in base64, no nulls.

    The official parser drops an enum name that it does not know as soon as unknown keys are allowed; here it
    is an error. Raises ParseError.
    """
    if not isinstance(value, dict):
        raise ParseError(f"not an object: {value!r:.60}")
    out = {}
    for name, member in value.items():
        field = descriptor.fields_by_name.get(_snake(name))
        if field is None or member is None:
            continue
        if field.is_repeated:
            out[field.name] = [_member(element, field) for element in _elements(member)]
        else:
            out[field.name] = _member(member, field)
    return out


def _member(value: Any, field: FieldDescriptor) -> Any:
    if field.message_type is not None:
        return _official(value, field.message_type)
    if field.enum_type is not None and isinstance(value, str):
        if value not in field.enum_type.values_by_name and not re.fullmatch("-?[0-9]+", value):
            raise ParseError(f"no member of {field.enum_type.name}: {value:.60}")
    elif field.type == FieldDescriptor.TYPE_BYTES:
        size = _ID_BYTES.get(field.name)
        raw = id_bytes(value, size) if size else _base64(value)
        return base64.b64encode(raw).decode()
    return value


def _parse(value: Any, message: Message) -> Any:
    return ParseDict(_official(value, message.DESCRIPTOR), message)


def read_value(value: Any, reading: Reading) -> None:
    """Add the records of one well-formed JSON value: a request, a bare Resource… object, or an array."""
    if isinstance(value, list):
        for element in value:
            read_value(element, reading)
        return
    known = False
    members = _members(value) if isinstance(value, dict) else {}
    for name, (scopes, older, _) in _LISTS.items():
        if name in members:
            known = True
            _read_containers(name, members[name], reading)
        elif scopes in members or older in members:
            known = True
            _read_containers(name, [value], reading)
    if "resource_profiles" in members:
        known = True
        for container in _elements(members["resource_profiles"]):
            for scope_container in _elements(_members(container).get("scope_profiles", [])):
                reading.rejected["other"] += len(_elements(_members(scope_container).get("profiles", [])))
    if isinstance(value, dict) and any(_snake(k) in _LISTS for k in value):
        known = True
    if known or value == {}:
        reading.messages += 1
    else:
        reading.rejected["other"] += 1


def _read_containers(name: str, value: Any, reading: Reading) -> None:
    scopes, older, records = _LISTS[name]
    try:
        containers = [_members(c) for c in _elements(value)]
    except _BAD:
        reading.rejected["other"] += 1
        return
    for container in containers:
        for scope_container in _elements(container.get(scopes, container.get(older, []))):
            inner = _members(scope_container)
            found = _elements(inner.get(records, inner.get(_OLDER_RECORDS.get(records, ""), [])))
            around = _around(container, inner)
            if around is None:
                reading.rejected[_SIGNALS[records]] += sum(_weight(records, r) for r in found)
                continue
            for record in found:
                _read_record(records, record, around, reading)


def _around(container: dict[str, Any], inner: dict[str, Any]) -> Around | None:
    """Resource and scope; None when one of them cannot be read."""
    try:
        return Around(
            _parse(container.get("resource", {}), Resource()),
            _string(container.get("schema_url", "")),
            _parse(inner.get("scope", inner.get("instrumentation_library", {})), InstrumentationScope()),
            _string(inner.get("schema_url", "")),
        )
    except _BAD:
        return None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ParseError("not a string")
    return value


def _read_record(records: str, value: Any, around: Around, reading: Reading) -> None:
    if records == "metrics":
        _read_metric(value, around, reading)
        return
    signal = _SIGNALS[records]
    try:
        message = _parse(value, Span() if signal == "span" else LogRecord())
    except _BAD:
        reading.rejected[signal] += 1
    else:
        reading.records.append(Record(signal, around, message))


def _read_metric(value: Any, around: Around, reading: Reading) -> None:
    """The metric is parsed without its points, then each point: a bad point costs only itself."""
    kinds = {k: m for k, m in _members(value).items() if k in _POINTS}
    header = {k: m for k, m in value.items() if _snake(k) not in _POINTS}
    removed = _weight("metrics", value) - sum(len(_points(m)) for m in kinds.values())
    reading.rejected["metric_point"] += removed
    for kind, data in kinds.items():
        points = _points(data)
        try:
            bare = {k: v for k, v in data.items() if _snake(k) != "data_points"}
            metric = _parse(header | {kind: bare}, metrics.Metric())
        except _BAD:
            reading.rejected["metric_point"] += len(points)
            continue
        for point in points:
            try:
                message = _parse(point, _POINTS[kind]())
            except _BAD:
                reading.rejected["metric_point"] += 1
            else:
                reading.records.append(Record("metric_point", around, message, metric))


def _points(data: Any) -> list[Any]:
    members = _members(data) if isinstance(data, dict) else {}
    return _elements(members.get("data_points", []))


def _weight(records: str, value: Any) -> int:
    """Records that one element of a record list stands for: a metric stands for its points."""
    if records != "metrics" or not isinstance(value, dict):
        return 1
    kinds = _POINTS.keys() | _REMOVED_KINDS
    return sum(len(_points(m)) for k, m in _members(value).items() if k in kinds)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_SPACE = re.compile(r"[ \t\r\n]*")


def values(text: str) -> Iterator[Any]:
    """The JSON values that stand one after another in the text. Raises ValueError at what is no JSON."""
    at = _SPACE.match(text).end()  # type: ignore[union-attr]
    while at < len(text):
        value, at = _DECODER.raw_decode(text, at)
        yield value
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]


def _ends_early(error: ValueError) -> bool:
    """Whether more text could still make it JSON."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    if error.msg.startswith("Unterminated string"):
        return True
    rest = error.doc[error.pos :].strip()
    if error.msg.startswith("Invalid \\uXXXX escape"):
        return re.fullmatch("[0-9a-fA-F]{0,4}", rest) is not None
    return any(literal.startswith(rest) for literal in ("true", "false", "null", "-"))


def read(data: bytes, form: str) -> Reading:
    """Read `json_lines` (each line stands alone) or `json` (values spread over lines).

    A last line without its newline that could still become JSON is a torn tail and not counted.
    """
    reading = Reading()
    data = data.removeprefix(b"\xef\xbb\xbf")
    pieces = data.split(b"\n") if form == "json_lines" else [data]
    for number, piece in enumerate(pieces, 1):
        try:
            parsed = list(values(piece.decode("utf-8").rstrip(" \t\r\n")))
        except ValueError as error:
            is_torn = number == len(pieces) and _ends_early(error)
            reading.rejected["other"] += not is_torn
            continue
        for value in parsed:
            read_value(value, reading)
    return reading
