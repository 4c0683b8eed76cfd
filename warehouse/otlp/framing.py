"""Feeding records of each form to a sink, in bounded memory."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

Bytes = bytes | memoryview
RECORD_LIMIT = 256 * 1024 * 1024
"""Bytes of one record at most; larger ones are rejected unread. Not below the reading block (4 MiB)."""
RAW_BYTES = 64 * 1024
"""Leading bytes of a rejected record that are kept."""
_LENGTH_BYTES = 10
"""Bytes of the longest varint."""


class Sink(Protocol):
    """Takes records: `warehouse.otlp.convert` hands them to the native decoder."""

    form: str
    """Form of the bytes that are fed, without their compression."""

    def feed(self, data: Bytes, offset: int, is_last: bool, in_frame: bool = False) -> int:
        """Decode data, whose first byte lies at `offset` of the file; returns the bytes consumed.

        What is `in_frame` was unpacked from a frame that begins at `offset`.
        """

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        """Record bytes that are not decoded at all."""

    def opened(self, form: str) -> None:
        """Say what was found inside a compressed or framed file."""

    def taken(self, offset: int) -> None:
        """Say that every record before `offset` was fed or rejected."""

    def torn(self, length: int) -> None:
        """Say that the file ends with `length` bytes that are no complete record yet."""


class _Pending:
    """Bytes that wait for more. `offset` is the place of the first of them in the file."""

    def __init__(self, offset: int) -> None:
        self._pieces: list[Bytes] = []
        self.size = 0
        self.offset = offset

    def add(self, piece: Bytes) -> None:
        if len(piece):
            self._pieces.append(piece)
            self.size += len(piece)

    def head(self, length: int) -> bytes:
        """The first bytes, without joining all of them."""
        found = b""
        for piece in self._pieces:
            if len(found) >= length:
                break
            found += piece[: length - len(found)]
        return found

    def clear(self) -> None:
        self._pieces, self.size = [], 0

    def feed(self, sink: Sink, is_last: bool = False) -> None:
        """Feed everything and keep what was not consumed."""
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        consumed = sink.feed(data, self.offset, is_last)
        self.clear()
        self.offset += consumed
        sink.taken(self.offset)
        self.add(memoryview(data)[consumed:])

    def finish(self, sink: Sink) -> None:
        """Feed what is left at the end of the file; what is not consumed is its torn tail."""
        if self.size:
            self.feed(sink, is_last=True)
            sink.torn(self.size)

    def skip(self, sink: Sink, length: int, raw: bytes, limit: int) -> None:
        """Reject a record that starts here; the place moves behind it."""
        detail = f"A record of {length} bytes is beyond the limit of {limit} bytes."
        sink.reject(self.offset, length, "record_too_large", detail, raw)
        self.offset += length
        sink.taken(self.offset)


def feed_lines(sink: Sink, blocks: Iterable[Bytes], offset: int, limit: int = RECORD_LIMIT) -> None:
    """JSON lines. A line beyond the limit is rejected and reading goes on after its newline."""
    pending, blocks = _Pending(offset), iter(blocks)
    for piece in blocks:
        block = bytes(piece)
        newline = block.find(b"\n")
        if pending.size + (len(block) if newline < 0 else newline) > limit:
            block = _skip_line(sink, pending, block, blocks, limit)
        _feed_complete_lines(sink, pending, block)
    pending.finish(sink)


def _skip_line(sink: Sink, pending: _Pending, block: bytes, blocks: Iterator[Bytes], limit: int) -> bytes:
    """Reject the line that starts at `pending` and runs through `block`; returns the bytes behind it."""
    raw = (pending.head(RAW_BYTES) + block[:RAW_BYTES])[:RAW_BYTES]
    length = pending.size
    pending.clear()
    while not (end := block.find(b"\n") + 1):
        length += len(block)
        following = next(blocks, None)
        if following is None:
            pending.skip(sink, length, raw, limit)
            return b""
        block = bytes(following)
    pending.skip(sink, length + end, raw, limit)
    return block[end:]


def _feed_complete_lines(sink: Sink, pending: _Pending, block: bytes) -> None:
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
    """JSON documents, of any layout, one behind the other. One beyond the limit swallows the rest."""
    pending, blocks = _Pending(offset), iter(blocks)
    wanted = 0
    for block in blocks:
        pending.add(block)
        if pending.size > limit:
            raw, length = pending.head(RAW_BYTES), pending.size + sum(len(b) for b in blocks)
            pending.clear()
            pending.skip(sink, length, raw, limit)
        elif pending.size >= wanted:
            pending.feed(sink)
            # Doubling keeps the bytes scanned again for a document of many blocks below twice its size.
            wanted = 2 * pending.size
    pending.finish(sink)


def _behind_uint32(head: bytes) -> int:
    """Bytes of the message that starts so, with its length of four big-endian bytes."""
    return 4 + int(struct.unpack(">I", head[:4])[0]) if len(head) >= 4 else 4


def _behind_varint(head: bytes) -> int:
    """Bytes of the message that starts so, with its length as a varint."""
    length = 0
    for number, byte in enumerate(head):
        length |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            return number + 1 + length
    return len(head) + 1


def feed_messages(
    sink: Sink,
    blocks: Iterable[Bytes],
    offset: int,
    limit: int = RECORD_LIMIT,
    length_of: Callable[[bytes], int] = _behind_uint32,
) -> None:
    """Protobuf messages, each behind its length."""
    pending, blocks = _Pending(offset), iter(blocks)
    wanted = 1
    for block in blocks:
        pending.add(block)
        if pending.size < wanted:
            continue
        pending.feed(sink)
        wanted = length_of(pending.head(_LENGTH_BYTES))
        if wanted > limit:
            _skip_message(sink, pending, wanted, blocks, limit)
            wanted = 1
    pending.finish(sink)


def feed_varint_messages(sink: Sink, blocks: Iterable[Bytes], offset: int, limit: int = RECORD_LIMIT) -> None:
    """Protobuf messages, each behind its length as a varint."""
    feed_messages(sink, blocks, offset, limit, _behind_varint)


def _skip_message(sink: Sink, pending: _Pending, length: int, blocks: Iterator[Bytes], limit: int) -> None:
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
    """One bare protobuf message: the decoder needs it whole."""
    pending, blocks = _Pending(offset), iter(blocks)
    for block in blocks:
        pending.add(block)
        if pending.size > limit:
            raw, length = pending.head(RAW_BYTES), pending.size + sum(len(b) for b in blocks)
            pending.clear()
            pending.skip(sink, length, raw, limit)
    pending.finish(sink)
