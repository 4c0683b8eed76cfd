"""One logical data set written in every form of OTLP that exporters leave behind."""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zstandard
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_lines import metric_line
from otlp_packed import framed, varint

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
SKIPPABLE = struct.pack("<II", 0x184D2A5F, 7) + b"skipped"
_IDS = {"traceId", "spanId", "parentSpanId"}
_OLDER = {
    **{f"scope{signal}": f"instrumentationLibrary{signal}" for signal in ("Spans", "Logs", "Metrics")},
    "scope": "instrumentationLibrary",
    "logRecords": "logs",
}
Files = dict[str, bytes]
"""Names and contents of the files that together hold the data set."""


def _frames(path: Path, kind: type[Any]) -> list[Any]:
    data, found, at = path.read_bytes(), [], 0
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append(kind.FromString(data[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def data_set() -> list[Message]:
    """Requests of all signals in turn, as real services sent them, and the kinds of points these lack."""
    spans = [
        ExportTraceServiceRequest.FromString(path.read_bytes())
        for path in sorted((EXAMPLES / "traces").glob("*.pb"))
    ]
    logs = _frames(EXAMPLES / "logs.pb", ExportLogsServiceRequest)
    points = _frames(EXAMPLES / "metrics.pb", ExportMetricsServiceRequest)[::8]
    points += [ParseDict(json.loads(metric_line(n)), ExportMetricsServiceRequest()) for n in range(3)]
    link = spans[0].resource_spans[0].scope_spans[0].spans[0].links.add(trace_state="a=b", flags=1)
    link.trace_id, link.span_id = bytes(range(16)), bytes(range(8))
    signals = (spans, logs, points)
    count = max(len(signal) for signal in signals)
    return [signal[n] for n in range(count) for signal in signals if n < len(signal)]


def _hex_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_hex_ids(v) for v in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64decode(member).hex() if name in _IDS else _hex_ids(member)
        for name, member in value.items()
    }


def _renamed(value: Any, name_of: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_renamed(v, name_of) for v in value]
    if not isinstance(value, dict):
        return value
    return {name_of(name): _renamed(member, name_of) for name, member in value.items()}


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def _text(value: Any, **layout: Any) -> bytes:
    return json.dumps(value, **({"separators": (",", ":")} | layout)).encode()


def json_forms(requests: list[Message]) -> dict[str, Files]:
    """Every layout of OTLP/JSON, by the name of the layout."""
    values = [_hex_ids(MessageToDict(r, use_integers_for_enums=True)) for r in requests]
    bare = [group for value in values for groups in value.values() for group in groups]
    lines = [_text(v) for v in values]
    pretty = [_text(v, indent=2, separators=None) for v in values]
    one_file = {
        "lines": b"\n".join(lines) + b"\n",
        "lines, the last one open": b"\n".join(lines),
        "lines with CRLF behind a byte order mark": b"\xef\xbb\xbf" + b"\r\n".join(lines) + b"\r\n",
        "documents side by side": b"".join(lines),
        "pretty documents": b"\n".join(pretty),
        "pretty documents side by side": b"".join(pretty),
        "one array": _text(values),
        "one pretty array": _text(values, indent="\t", separators=None),
        "arrays on lines": b"".join(_text([v]) + b"\n" for v in values),
        "bare resource objects": b"".join(_text(v) + b"\n" for v in bare),
        "arrays of bare resource objects": b"".join(_text([v]) + b"\n" for v in bare),
        "snake_case": b"".join(_text(_renamed(v, _snake)) + b"\n" for v in values),
        "instrumentation libraries": b"".join(
            _text(_renamed(v, lambda name: _OLDER.get(name, name))) + b"\n" for v in values
        ),
    }
    return {name: {"file": data} for name, data in one_file.items()} | {
        "a file a document": {f"{n:04d}": text for n, text in enumerate(pretty)},
    }


def protobuf_forms(requests: list[Message]) -> dict[str, Files]:
    """Every framing of OTLP protobuf, by its name."""
    messages = [r.SerializeToString() for r in requests]
    prefixed = [struct.pack(">I", len(m)) + m for m in messages]
    delimited = [varint(len(m)) + m for m in messages]
    one_file = {
        "behind uint32": b"".join(prefixed),
        "behind uint32, line feeds between": b"\n".join(prefixed) + b"\n",
        "behind varints": b"".join(delimited),
        "behind varints, line feeds between": b"\n".join(delimited) + b"\n",
    }
    return {name: {"file": data} for name, data in one_file.items()} | {
        "a file a message": {f"{n:04d}": message for n, message in enumerate(messages)},
    }


def framed_forms(requests: list[Message], lines: bytes) -> dict[str, Files]:
    """The Collector's older compression, one zstd frame a message."""
    messages = [r.SerializeToString() for r in requests]
    return {
        "framed JSON": {"file": framed(lines.splitlines())},
        "framed protobuf": {"file": framed(messages)},
        "framed protobuf, line feeds between": {"file": b"".join(framed([m]) + b"\n" for m in messages)},
    }


def packed(data: bytes) -> dict[str, bytes]:
    """The bytes in every kind of compression that is one stream, by its name."""
    zstd = zstandard.ZstdCompressor(write_checksum=True)
    pieces = [data[n : n + 50_000] for n in range(0, len(data), 50_000)]
    return {
        "gzip": gzip.compress(data, mtime=0),
        "gzip, many members": b"".join(gzip.compress(p, mtime=0) for p in pieces),
        "zstd": zstd.compress(data),
        "zstd, many frames": b"".join(zstd.compress(p) for p in pieces),
        "zstd, skippable frames": SKIPPABLE + SKIPPABLE.join(zstd.compress(p) for p in pieces) + SKIPPABLE,
        "zstd in gzip": gzip.compress(zstd.compress(data), mtime=0),
    }
