"""Reading a file range block by block, hashing on the way."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse import _native
from warehouse.otlp.content import BLOCK_BYTES, UNREAD, Readable, UnreadableSource, read_blocks
from warehouse.otlp.splits import END, FileRange

_LINE_BYTES = 256 * 1024
"""Read at once to find where a line ends."""


def blocks_of(file: Readable, piece: FileRange, hashes: list[int]) -> Iterator[bytes]:
    """The range's bytes in blocks; the hash of each is appended to `hashes`.

    Raises UnreadableSource where a file ends before it did when the batch was planned.
    """
    position = piece.start
    for block in read_blocks(file, piece.start, piece.end):
        hashes.append(_native.xxh3_64(block))
        yield block
        position += len(block)
    _check_length(piece, position)


def aligned_blocks(
    file: Readable, piece: FileRange, size: int, hashes: list[int]
) -> Iterator[bytes | memoryview]:
    """The range's bytes in blocks; the hash of each block that begins in the range is appended to `hashes`.

    Blocks count from where reading the file began, so the first bytes may end a block that began before the
    range, and the last block may reach beyond it, up to byte `size`.
    """
    begun = min(-(piece.start - piece.file_start) % BLOCK_BYTES, piece.end - piece.start)
    position = piece.start + begun
    yield from read_blocks(file, piece.start, position)
    if position < piece.end:
        for block in read_blocks(file, position, size):
            hashes.append(_native.xxh3_64(block))
            yield memoryview(block)[: piece.end - position]
            position += len(block)
            if position >= piece.end:
                return
        _check_length(piece, position)


def leave_out_unread(hashes: list[int], piece: FileRange, taken_to: int) -> None:
    """Bytes `taken_to` to the end of the range were not taken: blocks that begin there keep no hash."""
    first, kept, last = (
        -(-(offset - piece.file_start) // BLOCK_BYTES) for offset in (piece.start, taken_to, piece.end)
    )
    hashes[kept - first :] = [UNREAD] * (last - kept)


def _check_length(piece: FileRange, position: int) -> None:
    if position < piece.end != END:
        raise UnreadableSource("it became shorter while it was read")


def first_line(file: Readable, piece: FileRange) -> int | None:
    """Offset of the first line that starts in the range; None when none does."""
    if piece.start == piece.file_start:
        return piece.start
    position = piece.start - 1
    for block in read_blocks(file, position, piece.end - 1, _LINE_BYTES):
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
        block = next(read_blocks(file, position, min(position + _LINE_BYTES, piece.file_size)), b"")
        if not block:
            return
        end = block.find(b"\n") + 1
        yield block[:end] if end else block
        position += len(block)
        last = b"\n" if end else block[-1:]
