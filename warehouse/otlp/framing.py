"""Feeding records of each form to a sink, in bounded memory."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator

from warehouse.otlp.pending import RAW_BYTES, RECORD_LIMIT, Bytes, Pending, Sink
from warehouse.otlp.streaming import HELD_BYTES, stream_line, stream_message, stream_to_end

_LENGTH_BYTES = 10
"""Bytes of the longest varint."""


def feed_lines(sink: Sink, blocks: Iterable[Bytes], offset: int, limit: int = RECORD_LIMIT) -> None:
    """JSON lines. A line beyond the limit is read record by record."""
    pending, blocks = Pending(offset), iter(blocks)
    for piece in blocks:
        block = bytes(piece)
        newline = block.find(b"\n")
        if pending.size + (len(block) if newline < 0 else newline) > limit:
            block = stream_line(sink, pending, block, blocks, limit)
        _feed_complete_lines(sink, pending, block)
    pending.finish(sink)


def _feed_complete_lines(sink: Sink, pending: Pending, block: bytes) -> None:
    first, last = block.find(b"\n") + 1, block.rfind(b"\n") + 1
    rest = memoryview(block)
    if last and pending.size:  # the line that the block before began; the others need no copy
        pending.add(rest[:first])
        pending.feed(sink)
        rest, last = rest[first:], last - first
    if last:
        pending.add(rest[:last])
        pending.feed(sink)
    pending.add(rest[last:])


def feed_documents(sink: Sink, blocks: Iterable[Bytes], offset: int, limit: int = RECORD_LIMIT) -> None:
    """JSON documents, of any layout, one behind the other. Large ones are read record by record."""
    pending, blocks = Pending(offset), iter(blocks)
    held, wanted = min(HELD_BYTES, limit), 0
    if offset:
        sink.form = "json_rest"  # a large document may have ended early here
    for block in blocks:
        pending.add(block)
        if pending.size < wanted:
            continue
        pending.feed(sink)
        # Doubling keeps the bytes scanned again for a document of many blocks below twice its size.
        wanted = min(2 * pending.size, held)
        if pending.size >= held:
            sink.form, wanted = "json_rest", 0
            stream_to_end(sink, pending, blocks, "json_stream", limit)
    pending.finish(sink)


def _behind_uint32(head: bytes) -> tuple[int, int]:
    """Bytes of the length, four big-endian ones, and of the message that follow."""
    return 4, int(struct.unpack(">I", head[:4])[0]) if len(head) >= 4 else 0


def _behind_varint(head: bytes) -> tuple[int, int]:
    """Bytes of the length, a varint, and of the message that follow."""
    length = 0
    for number, byte in enumerate(head):
        length |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            return number + 1, length
    return len(head) + 1, 0


def feed_messages(
    sink: Sink,
    blocks: Iterable[Bytes],
    offset: int,
    limit: int = RECORD_LIMIT,
    length_of: Callable[[bytes], tuple[int, int]] = _behind_uint32,
    is_whole: bool = False,
) -> None:
    """Protobuf messages, each behind its length. One beyond the limit is read record by record, or rejected
    where the sink wants them whole.
    """
    pending, blocks = Pending(offset), iter(blocks)
    wanted = 1
    for block in blocks:
        pending.add(block)
        if pending.size < wanted:
            continue
        pending.feed(sink)
        prefix, length = length_of(pending.head(_LENGTH_BYTES))
        wanted = prefix + length
        if wanted > limit:
            if is_whole:
                _skip_message(sink, pending, wanted, blocks, limit)
            else:
                stream_message(sink, pending, prefix, length, blocks, limit)
            wanted = 1
    pending.finish(sink)


def feed_varint_messages(sink: Sink, blocks: Iterable[Bytes], offset: int, limit: int = RECORD_LIMIT) -> None:
    """Protobuf messages, each behind its length as a varint."""
    feed_messages(sink, blocks, offset, limit, _behind_varint)


def _skip_message(sink: Sink, pending: Pending, length: int, blocks: Iterator[Bytes], limit: int) -> None:
    raw, missing = pending.head(RAW_BYTES), length - pending.size
    pending.clear()
    rest: Bytes = b""
    for block in blocks:
        rest = block[missing:]
        missing -= min(missing, len(block))
        if not missing:
            break
    pending.skip(sink, length - missing, raw, limit)
    pending.add(rest)


def feed_message(sink: Sink, blocks: Iterable[Bytes], offset: int, limit: int = RECORD_LIMIT) -> None:
    """One bare protobuf message. A large one is read record by record."""
    pending, blocks = Pending(offset), iter(blocks)
    for block in blocks:
        pending.add(block)
        if pending.size > min(HELD_BYTES, limit):
            stream_to_end(sink, pending, blocks, "proto_stream", limit)
    pending.finish(sink)
