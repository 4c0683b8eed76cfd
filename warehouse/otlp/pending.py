"""Bytes that wait until they are a record, and who takes records."""

from __future__ import annotations

from typing import Protocol

Bytes = bytes | memoryview
RECORD_LIMIT = 256 * 1024 * 1024
"""Bytes of one record at most; larger ones are rejected unread. Not below the reading block (4 MiB)."""
RAW_BYTES = 64 * 1024
"""Leading bytes of a rejected record that are kept."""


LOOK_AHEAD = "look_ahead"


class Sink(Protocol):
    """Takes records: `warehouse.otlp.convert` hands them to the native decoder."""

    form: str
    """Form of the bytes that are fed, without their compression."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes that were fed piece by piece, and whose rows wait for the end of their resource group."""

    def feed(self, data: Bytes, offset: int, is_last: bool, in_frame: bool = False) -> int:
        """Decode data, whose first byte lies at `offset` of the file; returns the bytes consumed.

        What is `in_frame` was unpacked from a frame that begins at `offset`.
        """

    def feed_on(self, data: Bytes, offset: int, form: str) -> tuple[int, bool]:
        """Begin a document or message that is read piece by piece, or go on with it.

        `form` is json_stream or proto_stream. Returns the bytes consumed, and whether more belongs to it.
        As LOOK_AHEAD what was not consumed, and what follows it, is searched for the end of the resource
        group that is open; no record is decoded, and more belongs to it until the group ends.
        """

    def learn(self, is_found: bool) -> None:
        """Take over what was found ahead, so that rows wait no longer; or forget it."""

    def leave(self, offset: int) -> int:
        """End such a document or message, consumed to `offset`; returns where what was taken of it ends.

        Before `offset` that is where a resource group begins that did not end.
        """

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        """Record bytes that are not decoded at all."""

    def opened(self, form: str) -> None:
        """Say what was found inside a compressed or framed file."""

    def taken(self, offset: int) -> None:
        """Say that every record before `offset` was fed or rejected."""

    def torn(self, length: int) -> None:
        """Say that the file ends with `length` bytes that are no complete record yet."""


class Pending:
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

    def feed_on(self, sink: Sink, form: str) -> bool:
        """As `feed`, for a document that is read piece by piece; returns whether more belongs to it."""
        data = b"".join(self.take())
        consumed, is_open = sink.feed_on(data, self.offset, form)
        self.offset += consumed
        self.add(memoryview(data)[consumed:])
        return is_open

    def copy(self) -> Pending:
        """The same bytes, to be fed twice."""
        other = Pending(self.offset)
        other.move_to(self)
        return other

    def move_to(self, other: Pending) -> None:
        """Wait with the same bytes at the same place."""
        self._pieces, self.size, self.offset = [*other._pieces], other.size, other.offset

    def take(self) -> list[Bytes]:
        """Hand out all bytes."""
        pieces = self._pieces
        self.clear()
        return pieces

    def drop(self, length: int) -> None:
        """Pass over the first bytes."""
        data = memoryview(b"".join(self.take()))
        self.offset += length
        self.add(data[length:])

    def finish(self, sink: Sink) -> None:
        """Feed what is left at the end of the file; what is not consumed is its torn tail."""
        if self.size:
            self.feed(sink, is_last=True)
            sink.torn(self.size)

    def skip(self, sink: Sink, length: int, raw: bytes, limit: int) -> None:
        """Reject a record that starts here; the place moves behind it."""
        detail = (
            f"A record of {length} bytes is beyond the limit of {limit} bytes: retry it by rejects --replay "
            "with a higher --max-record."
        )
        sink.reject(self.offset, length, "record_too_large", detail, raw)
        self.offset += length
        sink.taken(self.offset)
