"""Documents and messages that are too large to be held: fed piece by piece, and decoded record by record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from tempfile import TemporaryFile
from typing import IO

from warehouse.otlp.content import BLOCK_BYTES
from warehouse.otlp.pending import LOOK_AHEAD, RAW_BYTES, Bytes, Pending, Sink

HELD_BYTES = 32 * 1024 * 1024
"""A larger document or bare message is read piece by piece."""
GROUP_BYTES = 64 * 1024 * 1024
"""Rows wait for what the end of their resource group tells; of a larger group it is looked up ahead."""
_CUT = "The message ends before its last resource group does."
_MORE = "The line goes on behind a large document."


def stream_to_end(sink: Sink, pending: Pending, blocks: Iterator[Bytes], form: str, limit: int) -> None:
    """The JSON document that begins at `pending`, or the bare protobuf message, which ends with the file.

    What is behind a document is pending then. Groups are taken as they end: when the file ends before the
    document, the group that is open is its torn tail. A record beyond `limit` swallows the rest of the file.
    """
    left = _go_on(sink, pending, blocks, form, limit)
    if left:
        sink.torn(left)


def stream_message(
    sink: Sink, pending: Pending, prefix: int, length: int, blocks: Iterator[Bytes], limit: int
) -> None:
    """The protobuf message of `length` bytes behind the `prefix` bytes of its length.

    Where the file ends before it, what was not taken is a reject: reading cannot go on within a message.
    """
    pending.drop(prefix)
    body = _Body(pending.take(), blocks, length)
    message = Pending(pending.offset)
    left = _go_on(sink, message, iter(body), "proto_stream", limit)
    if left or body.is_cut:
        sink.reject(message.offset - left, left, "truncated_message", _CUT, b"")
    pending.offset = message.offset
    sink.taken(pending.offset)
    pending.add(body.behind)


def stream_line(sink: Sink, pending: Pending, block: Bytes, blocks: Iterator[Bytes], limit: int) -> bytes:
    """The JSON line that begins at `pending` and runs through `block`; returns the bytes behind it.

    A line that ends before its document is a reject from the group on that is open: reading cannot go on
    within a line.
    """
    line = _Line([*pending.take(), block], blocks)
    pieces, document = iter(line), Pending(pending.offset)
    left = _go_on(sink, document, pieces, "json_stream", limit)
    if left:
        sink.reject(document.offset - left, left, "malformed_json", _CUT, b"")
    raw, length = b"", 0
    for piece in chain(document.take(), pieces):
        raw, length = (raw + piece[:RAW_BYTES])[:RAW_BYTES], length + len(piece)
    if raw.strip():
        sink.reject(document.offset, length, "malformed_json", _MORE, raw)
    pending.offset = document.offset + length
    sink.taken(pending.offset)
    return line.behind


class _Line:
    """The blocks up to the end of a line; `behind` is what the last of them holds more."""

    def __init__(self, held: list[Bytes], blocks: Iterator[Bytes]) -> None:
        self._pieces = chain(held, blocks)
        self.behind = b""

    def __iter__(self) -> Iterator[Bytes]:
        for piece in map(bytes, self._pieces):
            end = piece.find(b"\n") + 1
            if end:
                self.behind = piece[end:]
                yield piece[:end]
                return
            yield piece


class _Body:
    """The next bytes of some blocks; `behind` is what the last of the blocks holds more."""

    def __init__(self, held: list[Bytes], blocks: Iterator[Bytes], size: int) -> None:
        self._held, self._blocks, self._left = held, blocks, size
        self.behind: Bytes = b""

    @property
    def is_cut(self) -> bool:
        """Whether the blocks ended too early."""
        return self._left > 0

    def __iter__(self) -> Iterator[Bytes]:
        while self._left:
            block = self._held.pop(0) if self._held else next(self._blocks, None)
            if block is None:
                return
            piece, self.behind = block[: self._left], block[self._left :]
            self._left -= len(piece)
            yield piece


class _Blocks:
    """Blocks, of which some were read before their turn: these wait in a temporary file."""

    def __init__(self, blocks: Iterator[Bytes]) -> None:
        self._blocks = blocks
        self.waiting: Iterator[Bytes] = iter(())

    def __iter__(self) -> Iterator[Bytes]:
        return self

    def __next__(self) -> Bytes:
        block = next(self.waiting, None)
        return next(self._blocks) if block is None else block

    def put_back(self, file: IO[bytes]) -> None:
        """What was read comes once more."""
        file.seek(0)
        self.waiting = chain(iter(partial(file.read, BLOCK_BYTES), b""), self.waiting)


def _kept(blocks: Iterator[Bytes], file: IO[bytes]) -> Iterator[Bytes]:
    for block in blocks:
        file.write(block)
        yield block


def _go_on(sink: Sink, pending: Pending, later: Iterator[Bytes], form: str, limit: int) -> int:
    """Feed to the end of the document, or of the blocks; returns the bytes before it that were not taken."""
    blocks = _Blocks(later)
    try:
        if _feed_to_end(sink, pending, blocks, form, limit):
            for block in blocks.waiting:
                pending.add(block)
            sink.taken(pending.offset)
            return 0
        begin = sink.leave(pending.offset)
    except BaseException:
        sink.taken(sink.leave(pending.offset))
        raise
    sink.taken(begin)
    raw, end = pending.head(RAW_BYTES), pending.offset + pending.size
    is_too_large = pending.size > limit
    pending.clear()
    pending.offset = begin
    if is_too_large:
        pending.skip(sink, end - begin + sum(len(block) for block in blocks), raw, limit)
        return 0
    pending.offset = end
    return end - begin


def _feed_to_end(sink: Sink, pending: Pending, blocks: _Blocks, form: str, limit: int) -> bool:
    """Whether the document ended; False where the blocks end, or a record is beyond the limit."""
    wanted = 0
    while True:
        block = next(blocks, None)
        if block is not None:
            pending.add(block)
        if pending.size >= wanted or block is None:
            before = -1
            # A group may be left for the next time although it is larger than the limit.
            while (pending.size > limit and pending.offset > before) or before < 0:
                before = pending.offset
                if not pending.feed_on(sink, form):
                    return True
            # Doubling keeps the bytes scanned again for a record of many blocks below twice its size.
            wanted = 2 * pending.size
        if block is None or pending.size > limit:
            return False
        is_waiting = form != LOOK_AHEAD and sink.waiting_bytes > GROUP_BYTES
        if is_waiting and not _look_ahead(sink, pending, blocks, limit):
            return False


def _look_ahead(sink: Sink, pending: Pending, blocks: _Blocks, limit: int) -> bool:
    """Look up the end of the resource group that is open, so that its rows need not wait for it.

    Where the group does not end `pending` moves on to where looking did: nothing of the group can be taken.
    """
    ahead, file = pending.copy(), TemporaryFile()  # noqa: SIM115
    is_found = _feed_to_end(sink, ahead, _Blocks(_kept(blocks, file)), LOOK_AHEAD, limit)
    sink.learn(is_found)
    if is_found:
        blocks.put_back(file)
    else:
        pending.move_to(ahead)
    return is_found
