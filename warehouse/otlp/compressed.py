"""Feeding compressed files: streams of any form inside, and files of one zstd frame per message."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable

from warehouse.otlp.compression import DECOMPRESSED_LIMIT, WINDOW_TOO_LARGE, Decompressed
from warehouse.otlp.framing import feed_messages
from warehouse.otlp.pending import RAW_BYTES, RECORD_LIMIT, Bytes, Sink
from warehouse.otlp.sniffing import SNIFF_BYTES, sniff
from warehouse.otlp.zstd_frames import MAGIC

Feeder = Callable[[Sink, Iterable[Bytes], int, int], None]
_MESSAGE_FORMS = ("json_lines", "json", "proto", "proto_length_prefixed", "proto_varint_prefixed")
"""What a frame of its own may hold."""
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

    def feed(self, data: Bytes, offset: int, is_last: bool, in_frame: bool = False) -> int:
        if self.form == "proto" and not in_frame and not self._stream.is_complete:
            consumed = 0  # a part of a protobuf message may parse as a smaller one
        else:
            self._sink.form = self.form
            consumed = self._sink.feed(data, offset, is_last, in_frame)
        self._rest = bytes(data[consumed : consumed + RAW_BYTES])
        return consumed

    def feed_on(self, data: Bytes, offset: int, form: str) -> tuple[int, bool]:
        consumed, is_open = self._sink.feed_on(data, offset, form)
        self._rest = bytes(data[consumed : consumed + RAW_BYTES])
        return consumed, is_open

    @property
    def waiting_bytes(self) -> int:
        return self._sink.waiting_bytes

    def learn(self, is_found: bool) -> None:
        self._sink.learn(is_found)

    def leave(self, offset: int) -> int:
        return self._sink.leave(offset)

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        self._sink.reject(offset, length, reason, detail, raw)

    def opened(self, form: str) -> None:
        self._sink.opened(form)

    def taken(self, offset: int) -> None:
        self._sink.taken(offset)

    def torn(self, length: int) -> None:
        self._torn = length

    def finish(self) -> None:
        stream, end = self._stream, self._stream.position
        if stream.damage:
            form, why = stream.damage
            detail = f"The {form} data cannot be read on behind decompressed byte {end}: {why}."
            reason = "window_too_large" if why == WINDOW_TOO_LARGE else f"damaged_{form}"
            raw = self._rest if self._torn else b""
            self._sink.reject(end - self._torn, self._torn, reason, detail, raw)
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


class _FrameSink:
    """Takes length-prefixed zstd frames and hands on the message in each, placed where its frame begins."""

    form = "zstd_length_prefixed"

    def __init__(self, sink: Sink, limit: int, max_decompressed: int) -> None:
        self._sink, self._limit = sink, min(limit, max_decompressed)
        self._remedy = " Ingest with a higher --max-decompressed." if max_decompressed < limit else ""

    def feed(self, data: Bytes, offset: int, is_last: bool, in_frame: bool = False) -> int:
        position, view = 0, memoryview(data)
        while len(view) - position >= 4:
            if view[position] == 0x0A and view[position + 5 : position + 9] == MAGIC:
                position += 1  # a line feed that an appending writer put between messages
            end = position + 4 + struct.unpack_from(">I", view, position)[0]
            if end > len(view):
                break
            self._message(bytes(view[position + 4 : end]), offset + position)
            position = end
        if is_last and data[position:] == b"\n":
            position += 1
        return position

    def _message(self, frame: bytes, offset: int) -> None:
        length = 4 + len(frame)
        stream = Decompressed(lambda: io.BytesIO(frame), "zstd", self._limit)
        message = stream.read(self._limit + 1)
        if stream.is_at_limit:
            detail = f"A record of more than {self._limit} bytes is beyond the limit.{self._remedy}"
            self._sink.reject(offset, length, "record_too_large", detail, frame)
            return
        if frame and not stream.is_complete:
            why = stream.damage[1] if stream.damage else "it ends early"
            detail = f"The zstd frame of the message cannot be read: {why}."
            reason = "window_too_large" if why == WINDOW_TOO_LARGE else "damaged_zstd"
            self._sink.reject(offset, length, reason, detail, frame)
            return
        self._sink.form = sniff(message[:SNIFF_BYTES], len(message))
        self._sink.opened(self._sink.form)
        if self._sink.form in _MESSAGE_FORMS:
            consumed = self._sink.feed(message, offset, True, in_frame=True)
            if consumed < len(message):
                detail = "The message in the frame is not complete."
                self._sink.reject(offset, length, "truncated_message", detail, message[consumed:])
        elif self._sink.form != "empty":
            detail = "The frame holds neither OTLP JSON nor OTLP protobuf."
            self._sink.reject(offset, length, "unsupported_form", detail, message)

    def feed_on(self, data: Bytes, offset: int, form: str) -> tuple[int, bool]:
        return self._sink.feed_on(data, offset, form)

    @property
    def waiting_bytes(self) -> int:
        return self._sink.waiting_bytes

    def learn(self, is_found: bool) -> None:
        self._sink.learn(is_found)

    def leave(self, offset: int) -> int:
        return self._sink.leave(offset)

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        self._sink.reject(offset, length, reason, detail, raw)

    def opened(self, form: str) -> None:
        self._sink.opened(form)

    def taken(self, offset: int) -> None:
        self._sink.taken(offset)

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

    Positions are those of the length prefixes in the file. A message of more than `max_decompressed` bytes is
    a reject like one beyond `limit`.
    """
    feed_messages(_FrameSink(sink, limit, max_decompressed), blocks, offset, limit, is_whole=True)
