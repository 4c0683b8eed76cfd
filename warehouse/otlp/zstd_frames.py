"""Where the frames of a zstd file begin and end, told from headers alone (RFC 8878, section 3.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from warehouse.otlp.content import Readable, reading

MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_DICTIONARY_BYTES = (0, 1, 2, 4)
_SIZE_BYTES = (0, 2, 4, 8)
_REPEATED_BYTE, _RESERVED = 1, 3
"""Types of blocks."""
_WINDOW_BYTES = 1024 * 1024


class _Window:
    """Bytes at any offset, read ahead: headers of one frame stand close to each other."""

    def __init__(self, file: Readable) -> None:
        self._file, self._start, self._held = file, 0, b""

    def at(self, offset: int, length: int) -> bytes:
        """`length` bytes, fewer at the end of the file. Raises UnreadableSource."""
        if not self._start <= offset <= self._start + len(self._held) - length:
            with reading():
                self._file.seek(offset)
                self._start, self._held = offset, self._file.read(_WINDOW_BYTES)
        return self._held[offset - self._start : offset - self._start + length]


def frame_ends(file: Readable, size: int) -> Iterator[int]:
    """Where the whole frames of the first `size` bytes end, skippable ones included, in order.

    Ends before the first bytes that are no whole frame. Raises UnreadableSource.
    """
    window, offset = _Window(file), 0
    while offset < size:
        if offset and window.at(offset, 1) in (b"\0", b"\n"):
            offset += 1
            continue
        end = _frame_end(window, offset)
        if end is None or end > size:
            return
        yield end
        offset = end


def frame_groups(file: Readable, size: int, group_bytes: int) -> Iterator[tuple[int, int]]:
    """Runs of whole frames, `group_bytes` or more each, that together make the first `size` bytes.

    The last run may hold anything. Raises UnreadableSource.
    """
    start = 0
    for end in frame_ends(file, size):
        if end - start >= group_bytes and end < size:
            yield start, end
            start = end
    yield start, size


def _frame_end(window: _Window, offset: int) -> int | None:
    head = window.at(offset, 8)
    if len(head) < 8:
        return None
    magic, following = struct.unpack("<II", head)
    if magic in _SKIPPABLE:
        return offset + 8 + int(following)
    if head[:4] != MAGIC:
        return None
    descriptor = head[4]
    is_single_segment = descriptor & 0x20
    size_bytes = _SIZE_BYTES[descriptor >> 6] or (1 if is_single_segment else 0)
    at = offset + 5 + (0 if is_single_segment else 1) + _DICTIONARY_BYTES[descriptor & 3] + size_bytes
    while True:
        block = int.from_bytes(window.at(at, 3).ljust(3, b"\xff"), "little")
        kind = block >> 1 & 3
        if kind == _RESERVED:
            return None
        at += 3 + (1 if kind == _REPEATED_BYTE else block >> 3)
        if block & 1:
            return at + (4 if descriptor & 4 else 0)
