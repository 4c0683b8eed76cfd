"""Which way of reading belongs to which form of file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import BinaryIO

from warehouse import _native
from warehouse.otlp.content import UnreadableSource, open_source
from warehouse.otlp.framing import (
    RAW_BYTES,
    Bytes,
    Sink,
    feed_documents,
    feed_lines,
    feed_message,
    feed_messages,
)
from warehouse.otlp.ranges import blocks_of, first_line, line_blocks
from warehouse.otlp.sources import text_path
from warehouse.otlp.splits import FileRange

SNIFF_BYTES = 64 * 1024
UNREADABLE = "unreadable"
_UNSUPPORTED = {
    "proto_varint_prefixed": "Varint-prefixed protobuf messages are not read yet.",
    "gzip": "Gzip files are not read yet: decompress the file first.",
    "zstd": "Zstandard files are not read yet: decompress the file first.",
    "zstd_length_prefixed": "Files of one zstd frame per message are not read yet.",
    "parquet": "Parquet files hold no OTLP.",
    "otap": "OTel Arrow files are not read.",
    "unknown": "The bytes are neither OTLP JSON nor OTLP protobuf.",
}
_FEEDERS: dict[str, Callable[[Sink, Iterable[Bytes], int, int], None]] = {
    "json_lines": feed_lines,
    "json": feed_documents,
    "proto_length_prefixed": feed_messages,
    "proto": feed_message,
}


def sniff(head: bytes, size: int) -> str:
    """Form of a file from its first SNIFF_BYTES bytes; names never count."""
    return str(_native.sniff(head, len(head) >= size))


def is_readable_form(form: str) -> bool:
    """Whether records of this form are decoded; files of other forms are rejected whole."""
    return form in _FEEDERS or form == "empty"


def feed_range(piece: FileRange, sink: Sink, block_hashes: list[int], limit: int) -> None:
    """Feed all records of a file range to the sink. A file that cannot be read is one reject."""
    if piece.form == UNREADABLE:
        _reject_unreadable(piece, sink, piece.detail or "")
        return
    try:
        with open_source(text_path(piece.path)) as file:
            _feed_file(file, piece, sink, block_hashes, limit)
    except UnreadableSource as error:
        _reject_unreadable(piece, sink, str(error))


def _feed_file(file: BinaryIO, piece: FileRange, sink: Sink, block_hashes: list[int], limit: int) -> None:
    if piece.form == "json_lines":
        first = first_line(file, piece)
        start = piece.start if first is None else first
        feed_lines(sink, line_blocks(file, piece, first, block_hashes), start, limit)
    elif feeder := _FEEDERS.get(piece.form):
        feeder(sink, blocks_of(file, piece, block_hashes), piece.start, limit)
    else:
        _reject_form(file, piece, sink, block_hashes)


def _reject_form(file: BinaryIO, piece: FileRange, sink: Sink, block_hashes: list[int]) -> None:
    raw = b""
    for block in blocks_of(file, piece, block_hashes):
        raw = raw or block[:RAW_BYTES]
    if piece.form != "empty":
        detail = _UNSUPPORTED.get(piece.form, f"Files of form {piece.form} are not read.")
        sink.reject(piece.start, piece.end - piece.start, "unsupported_form", detail, raw)


def _reject_unreadable(piece: FileRange, sink: Sink, why: str) -> None:
    sink.reject(piece.start, piece.end - piece.start, "unreadable", f"The file cannot be read: {why}.", b"")
