"""Sources of any size, written in bounded memory; every one tells how many records it holds."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from otlp_lines import BASE_NANO, SPANS_PER_LINE, log_line, mixed_lines, trace_line
from otlp_packed import varint

_LINES = 3_000


def _blocks(size: int) -> Iterator[tuple[bytes, int]]:
    """At least `size` bytes of JSON lines of all signals in blocks, with the records of each."""
    block = mixed_lines(0, _LINES, padding=200).encode()
    records = _LINES // 3 * (SPANS_PER_LINE + 1 + 4)
    for _ in range(-(-size // len(block))):
        yield block, records


def lines(path: Path, size: int) -> int:
    """One file of JSON lines."""
    total = 0
    with path.open("wb") as file:
        for block, records in _blocks(size):
            file.write(block)
            total += records
    return total


def one_document(path: Path, size: int, end_of_line: str = "\n") -> int:
    """One JSON document: a request of very many groups, on lines of their own or all on one."""
    group = trace_line(0, padding=200).strip().removeprefix('{"resourceSpans":[').removesuffix("]}")
    count = size // len(group) + 1
    with path.open("w") as file:
        file.write('{"resourceSpans":[' + end_of_line)
        for n in range(count):
            file.write(("," + end_of_line) * (n > 0) + group)
        file.write(end_of_line + "]}\n")
    return count * SPANS_PER_LINE


def one_line(path: Path, size: int) -> int:
    """The same on one line."""
    return one_document(path, size, "")


def one_group(path: Path, size: int) -> int:
    """One JSON document: all spans of one resource."""
    head, scope, rest = trace_line(0, padding=200).strip().partition('{"scope":')
    scope += rest.removesuffix("]}]}")
    return _repeated(path, size, head + "\n", scope, ",\n", '\n],"schemaUrl":"u"}]}\n') * SPANS_PER_LINE


def one_scope(path: Path, size: int) -> int:
    """One JSON document on one line: all spans of one scope, which follows them."""
    head, key, rest = log_line(0).strip().replace("message", "x" * 200).partition('"logRecords":[')
    record, _, end = rest.partition("]")
    return _repeated(path, size, head + key, record, ",", '],"schemaUrl":"u"' + end + "\n")


def _repeated(path: Path, size: int, head: str, element: str, between: str, end: str) -> int:
    """How often the element is there."""
    count = size // len(element) + 1
    with path.open("w") as file:
        file.write(head + element)
        for _ in range(count - 1):
            file.write(between + element)
        file.write(end)
    return count


def _logs() -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    for n in range(_LINES):
        record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=BASE_NANO + n)
        record.body.string_value = "x" * 200
    return request


def one_message(path: Path, size: int) -> int:
    """One bare protobuf message: a request of very many groups."""
    block = _logs().SerializeToString()
    count = size // len(block) + 1
    with path.open("wb") as file:
        for _ in range(count):
            file.write(block)
    return count * _LINES


def one_message_scope(path: Path, size: int) -> int:
    """One bare protobuf message: all log records of one scope."""
    records = [group.scope_logs[0] for group in _logs().resource_logs]
    block = b"".join(scope.SerializeToString() for scope in records)
    count = size // len(block) + 1
    resource, end = b"\x0a\x02\x10\x07", b"\x1a\x01u"
    scope = b"\x12" + varint(len(block) * count + len(end))
    with path.open("wb") as file:
        group = len(resource) + len(scope) + len(block) * count + 2 * len(end)
        file.write(b"\x0a" + varint(group) + resource + scope)
        for _ in range(count):
            file.write(block)
        file.write(2 * end)
    return count * _LINES


def one_gzip(path: Path, size: int) -> int:
    """One gzip member that holds `size` bytes after decompression."""
    packer, total = zlib.compressobj(1, wbits=31), 0
    with path.open("wb") as file:
        for block, records in _blocks(size):
            file.write(packer.compress(block))
            total += records
        file.write(packer.flush())
    return total


def tiny_objects(folder: Path, count: int) -> int:
    """So many files of one record each, no two alike."""
    for n in range(count):
        path = folder / f"{n // 1_000:04d}" / f"{n}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(log_line(n))
    return count
