"""Which way of reading belongs to which form of file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Protocol

from warehouse.otlp.changing import check_unchanged
from warehouse.otlp.compressed import Feeder, feed_frames, feed_stream
from warehouse.otlp.compression import DECOMPRESSED_LIMIT, Decompressed, Section, open_layers
from warehouse.otlp.content import UnreadableSource, reading
from warehouse.otlp.framing import (
    feed_documents,
    feed_lines,
    feed_message,
    feed_messages,
    feed_varint_messages,
)
from warehouse.otlp.pending import RAW_BYTES, Sink
from warehouse.otlp.ranges import aligned_blocks, blocks_of, first_line, leave_out_unread, line_blocks
from warehouse.otlp.sniffing import COMPRESSED, SNIFF_BYTES
from warehouse.otlp.splits import END, FileRange

UNREADABLE = "unreadable"
_UNSUPPORTED = {
    "gzip": "The file is compressed three times or more: decompress it first.",
    "zstd": "The file is compressed three times or more: decompress it first.",
    "parquet": "Parquet files hold no OTLP.",
    "otap": "OTel Arrow files are not read.",
    "unknown": "The bytes are neither OTLP JSON nor OTLP protobuf.",
}
_FEEDERS: dict[str, Feeder] = {
    "json_lines": feed_lines,
    "json": feed_documents,
    "proto_length_prefixed": feed_messages,
    "proto_varint_prefixed": feed_varint_messages,
    "proto": feed_message,
    "zstd_length_prefixed": feed_frames,
}


def is_readable_form(form: str) -> bool:
    """Whether records of this form are decoded; files of other forms are rejected whole."""
    return form in _FEEDERS or form in COMPRESSED or form == "empty"


class RangeSink(Sink, Protocol):
    """Takes the records of one file range."""

    taken_to: int
    """Offset before which every record of the range was fed or rejected."""


def feed_range(
    piece: FileRange,
    open_range: Callable[[], BinaryIO],
    sink: RangeSink,
    block_hashes: list[int],
    limit: int,
    max_decompressed: int = DECOMPRESSED_LIMIT,
) -> int:
    """Feed all records of a file range to the sink; returns the offset that reading came to.

    `block_hashes` gets the hash of each block that begins in the range. What cannot be read of a file is one
    reject, and so is what lies beyond `max_decompressed` bytes in a compressed one; the next batch goes on
    there. Raises SourceChanged when the file was changed after it was opened.
    """
    end = piece.file_size if piece.end == END else piece.end
    if piece.form == UNREADABLE:
        sink.reject(piece.start, piece.bytes_to_read, UNREADABLE, _unreadable(piece.detail or ""), b"")
        return end
    try:
        file = open_range()
    except UnreadableSource as error:
        return _break_off(piece, sink, block_hashes, _end_unread(piece), str(error))
    with file:
        try:
            if piece.form in COMPRESSED:
                end = _feed_compressed(file, piece, sink, block_hashes, limit, max_decompressed)
            else:
                _feed_file(file, piece, sink, block_hashes, limit, max_decompressed)
        except UnreadableSource as error:
            end = _break_off(piece, sink, block_hashes, _end_unread(piece), str(error))
        check_unchanged(file, piece)
    return end


def _end_unread(piece: FileRange) -> int:
    """Where a range ends that could not be read: in a compressed file of unknown size where it begins."""
    if piece.end != END:
        return piece.end
    return piece.start if piece.form in COMPRESSED else piece.file_size


def _break_off(piece: FileRange, sink: RangeSink, block_hashes: list[int], reached: int, why: str) -> int:
    """Reject what was not taken up to offset `reached`. At the end of a file it is a torn tail as well."""
    length = reached - sink.taken_to
    sink.reject(sink.taken_to, length or piece.bytes_to_read, UNREADABLE, _unreadable(why), b"")
    if piece.end in (END, piece.file_size):
        sink.torn(length)
    else:
        leave_out_unread(block_hashes, piece, sink.taken_to)
    return reached


def _unreadable(why: str) -> str:
    return f"The file cannot be read: {why}."


def _feed_file(
    file: BinaryIO, piece: FileRange, sink: Sink, block_hashes: list[int], limit: int, max_decompressed: int
) -> None:
    if piece.form == "json_lines":
        first = first_line(file, piece)
        start = piece.start if first is None else first
        feed_lines(sink, line_blocks(file, piece, first, block_hashes), start, limit)
    elif feeder := _feeder(piece.form, max_decompressed):
        blocks = aligned_blocks(file, piece, piece.file_size, block_hashes)
        feeder(sink, blocks, piece.start, limit)
    else:
        _reject_form(file, piece, sink, block_hashes)


def _feeder(form: str, max_decompressed: int) -> Feeder | None:
    if form == "zstd_length_prefixed":
        return partial(feed_frames, max_decompressed=max_decompressed)
    return _FEEDERS.get(form)


def _feed_compressed(
    file: BinaryIO,
    piece: FileRange,
    sink: RangeSink,
    block_hashes: list[int],
    limit: int,
    max_decompressed: int,
) -> int:
    with reading():
        if piece.inner_form:
            section = partial(Section, file, piece.packed_start, piece.file_size)
            stream = Decompressed(section, piece.form, max_decompressed, piece.packed_offset)
            form, head = piece.inner_form, b""
        else:
            stream, form = open_layers(file, piece.form, piece.file_size, max_decompressed)
            head = stream.head(SNIFF_BYTES)
    feeder = _feeder(form, max_decompressed)
    for inner in (*stream.layers[1:], form):
        sink.opened(inner)
    is_cut_short = len(head) < SNIFF_BYTES and not piece.inner_form and not stream.is_complete
    if feeder is None and form != "empty" and not is_cut_short:
        detail = _UNSUPPORTED.get(form, f"Files of form {form} are not read.")
        sink.reject(0, piece.file_size, "unsupported_form", detail, head[:RAW_BYTES])
        return stream.position
    # Of a stream that breaks off before its form shows nothing can be taken yet.
    sink.form = form if feeder else "proto"
    blocks = aligned_blocks(stream, piece, END, block_hashes)
    try:
        if piece.end == END:
            feed_stream(sink, stream, feeder or feed_message, blocks, piece.start, limit)
        elif feeder:  # how the stream ends is for its last range to say
            feeder(sink, blocks, piece.start, limit)
    except UnreadableSource as error:
        reached = stream.position if piece.end == END else piece.end
        return _break_off(piece, sink, block_hashes, reached, str(error))
    return min(stream.position, piece.end)


def _reject_form(file: BinaryIO, piece: FileRange, sink: Sink, block_hashes: list[int]) -> None:
    raw = b""
    for block in blocks_of(file, piece, block_hashes):
        raw = raw or block[:RAW_BYTES]
    if piece.form != "empty":
        detail = _UNSUPPORTED.get(piece.form, f"Files of form {piece.form} are not read.")
        sink.reject(piece.start, piece.end - piece.start, "unsupported_form", detail, raw)
