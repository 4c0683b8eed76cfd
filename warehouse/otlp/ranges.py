"""Reading a file range block by block, hashing on the way."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse import _native
from warehouse.otlp.content import Readable, read_blocks
from warehouse.otlp.splits import FileRange

_OVERRUN_BYTES = 256 * 1024


def blocks_of(file: Readable, piece: FileRange, hashes: list[int]) -> Iterator[bytes]:
    """The range's bytes in blocks; the hash of each is appended to `hashes`."""
    return stream_blocks(file, piece.start, piece.end, hashes)


def stream_blocks(file: Readable, start: int, end: int, hashes: list[int]) -> Iterator[bytes]:
    """Bytes start to end in blocks; the hash of each is appended to `hashes`."""
    for block in read_blocks(file, start, end):
        hashes.append(_native.xxh3_64(block))
        yield block


def first_line(file: Readable, piece: FileRange) -> int | None:
    """Offset of the first line that starts in the range; None when none does."""
    if piece.start == piece.file_start:
        return piece.start
    position = piece.start - 1
    for block in read_blocks(file, position, piece.end - 1):
        newline = block.find(b"\n")
        if newline >= 0:
            return position + newline + 1
        position += len(block)
    return None


def line_blocks(
    file: Readable, piece: FileRange, first: int | None, hashes: list[int]
) -> Iterator[bytes | memoryview]:
    """The lines that start in the range, from `first` to the end of the last, in blocks.

    Hashes cover the range itself: the bytes before `first`, and none beyond its end.
    """
    position, last = piece.start, b"\n"
    for block in blocks_of(file, piece, hashes):
        skip = len(block) if first is None else max(0, first - position)
        position += len(block)
        if skip < len(block):
            yield memoryview(block)[skip:] if skip else block
            last = block[-1:]
    while first is not None and last != b"\n" and position < piece.file_size:
        block = next(read_blocks(file, position, min(position + _OVERRUN_BYTES, piece.file_size)), b"")
        if not block:
            return
        end = block.find(b"\n") + 1
        yield block[:end] if end else block
        position += len(block)
        last = b"\n" if end else block[-1:]
