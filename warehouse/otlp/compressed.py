"""Feeding compressed files: streams of any form inside, and files of one zstd frame per message."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable
from itertools import chain

from warehouse.otlp.compression import DECOMPRESSED_LIMIT, Decompressed
from warehouse.otlp.framing import RAW_BYTES, RECORD_LIMIT, Bytes, Sink, feed_messages
from warehouse.otlp.sniffing import SNIFF_BYTES, sniff

Feeder = Callable[[Sink, Iterable[Bytes], int, int], None]
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_LIMIT_DETAIL = (
    "The file holds more than {} bytes after decompression: if that is right, ingest with a higher "
    "--max-decompressed."
)


class _BrokenOffSink:
    """Passes records on; what is left at the end of a damaged stream becomes a reject, not a torn tail."""

    def __init__(self, sink: Sink, stream: Decompressed) -> None:
        self._sink, self._stream = sink, stream
        self._rest = b""
        self._torn = 0
        self.form = sink.form

    def feed(self, data: Bytes, offset: int, is_last: bool) -> int:
        if self.form == "proto" and not self._stream.is_complete:
            consumed = 0  # a part of a protobuf message may parse as a smaller one
        else:
            self._sink.form = self.form
            consumed = self._sink.feed(data, offset, is_last)
        self._rest = bytes(data[consumed : consumed + RAW_BYTES])
        return consumed

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        self._sink.reject(offset, length, reason, detail, raw)

    def torn(self, length: int) -> None:
        self._torn = length

    def finish(self) -> None:
        stream, end = self._stream, self._stream.position
        if stream.damage:
            form, why = stream.damage
            detail = f"The {form} data is damaged behind decompressed byte {end}: {why}."
            raw = self._rest if self._torn else b""
            self._sink.reject(end - self._torn, self._torn, f"damaged_{form}", detail, raw)
        elif self._torn:
            self._sink.torn(self._torn)
        if stream.is_at_limit:
            self._sink.reject(end, 0, "decompression_limit", _LIMIT_DETAIL.format(stream.limit), b"")


def feed_stream(
    sink: Sink, stream: Decompressed, feeder: Feeder, blocks: Iterable[Bytes], offset: int, limit: int
) -> None:
    """Feed what a compressed stream holds: `blocks` from `offset` on, which are of the form `sink.form`."""
    guarded = _BrokenOffSink(sink, stream)
    feeder(guarded, blocks, offset, limit)
    guarded.finish()


class _LimitReached(Exception):
    """The messages of a file are larger than the file may be. `offset` is the place of the first refused."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class _FrameSink:
    """Takes length-prefixed zstd frames and hands on the message in each, placed where its frame begins."""

    form = "zstd_length_prefixed"

    def __init__(self, sink: Sink, limit: int, max_decompressed: int) -> None:
        self._sink, self._limit, self._left = sink, limit, max_decompressed

    def feed(self, data: Bytes, offset: int, is_last: bool) -> int:
        position, view = 0, memoryview(data)
        while len(view) - position >= 4:
            if view[position] == 0x0A and view[position + 5 : position + 9] == _ZSTD_MAGIC:
                position += 1  # a line feed that an appending writer put between messages
            end = position + 4 + struct.unpack_from(">I", view, position)[0]
            if end > len(view):
                break
            self._message(bytes(view[position + 4 : end]), offset + position)
            position = end
        return position

    def _message(self, frame: bytes, offset: int) -> None:
        length = 4 + len(frame)
        limit = min(self._limit, self._left)
        stream = Decompressed(lambda: io.BytesIO(frame), "zstd", limit)
        message = stream.read(limit + 1)
        if stream.is_at_limit and limit == self._left:
            raise _LimitReached(offset)
        if stream.is_at_limit:
            detail = f"A record of more than {limit} bytes is beyond the limit."
            self._sink.reject(offset, length, "record_too_large", detail, frame)
            return
        self._left -= len(message)
        if frame and not stream.is_complete:
            why = stream.damage[1] if stream.damage else "it ends early"
            detail = f"The zstd frame of the message is damaged: {why}."
            self._sink.reject(offset, length, "damaged_zstd", detail, frame)
            return
        self._sink.form = sniff(message[:SNIFF_BYTES], len(message))
        if self._sink.form in ("json_lines", "json", "proto", "proto_length_prefixed"):
            consumed = self._sink.feed(message, offset, True)
            if consumed < len(message):
                detail = "The message in the frame is not complete."
                self._sink.reject(offset, length, "truncated_message", detail, message[consumed:])
        elif self._sink.form != "empty":
            detail = "The frame holds neither OTLP JSON nor OTLP protobuf."
            self._sink.reject(offset, length, "unsupported_form", detail, message)

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        self._sink.reject(offset, length, reason, detail, raw)

    def torn(self, length: int) -> None:
        self._sink.torn(length)


def feed_frames(
    sink: Sink,
    blocks: Iterable[Bytes],
    offset: int,
    limit: int = RECORD_LIMIT,
    max_decompressed: int = DECOMPRESSED_LIMIT,
) -> None:
    """The Collector's older framing: each message one zstd frame behind its length, four big-endian bytes.

    Positions are those of the length prefixes in the file.
    """
    end = [offset]

    def counted(block: Bytes) -> Bytes:
        end[0] += len(block)
        return block

    counted_blocks = map(counted, chain(blocks))
    try:
        feed_messages(_FrameSink(sink, limit, max_decompressed), counted_blocks, offset, limit)
    except _LimitReached as reached:
        for _ in counted_blocks:
            pass
        sink.reject(reached.offset, 0, "decompression_limit", _LIMIT_DETAIL.format(max_decompressed), b"")
        sink.torn(end[0] - reached.offset)
