"""Hashes that tell whether bytes were read before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, cast

from warehouse import _native
from warehouse.stores.objects import ObjectFile, StoredObject

HEAD_BYTES = 1024
"""Leading bytes that recognise a file again after it grew or moved."""
BLOCK_BYTES = 4 * 1024 * 1024
"""Files are read and hashed in blocks of this size, counted from the first byte read."""

UNREAD = 0
"""Stands for the hash of a block that could not be read."""

Source: TypeAlias = Path | StoredObject
"""A file, or one version of an object of a store."""


class ForwardReadable(Protocol):
    """What bytes are read from, one after the other."""

    def read(self, size: int, /) -> bytes: ...


class Readable(ForwardReadable, Protocol):
    """What bytes are read from at an offset: a file, or a compressed one seen decompressed."""

    def seek(self, offset: int, /) -> int: ...


class UnreadableSource(Exception):
    """A source file that cannot be opened or read: told apart from lake files that cannot be written."""


@contextmanager
def reading() -> Iterator[None]:
    """Turns failures to read into UnreadableSource."""
    try:
        yield
    except OSError as error:
        raise UnreadableSource(error.strerror or str(error)) from error


def open_source(source: Source) -> BinaryIO:
    """The bytes, open for reading. Raises UnreadableSource, for objects not before they are read."""
    if isinstance(source, StoredObject):
        return cast(BinaryIO, ObjectFile(source, window=BLOCK_BYTES))
    with reading():
        return source.open("rb")


def file_key(path_text: str, head: bytes) -> int:
    """Key of a file: its path and its first bytes when first seen."""
    return _native.xxh3_64(path_text.encode("utf-8") + head[:HEAD_BYTES])


def head_hash(head: bytes, length: int) -> int:
    return _native.xxh3_64(head[:length])


def read_blocks(file: Readable, start: int, end: int, size: int | None = None) -> Iterator[bytes]:
    """Bytes start to end in blocks of `size`, by default BLOCK_BYTES; stops early where the file ends.

    Raises UnreadableSource.
    """
    size = size or BLOCK_BYTES
    with reading():
        file.seek(start)
    while start < end:
        with reading():
            block = file.read(min(size, end - start))
        if not block:
            return
        yield block
        start += len(block)


def combine(block_hashes: list[int]) -> int:
    """Content hash of a byte range from the hashes of its blocks, so that workers can share the hashing."""
    return _native.xxh3_64(b"".join(h.to_bytes(8, "little", signed=True) for h in block_hashes))


def hash_of(file: Readable, start: int, end: int, unread: Sequence[tuple[int, int]] = ()) -> int:
    """Content hash of bytes start to end, read in bounded memory. Raises UnreadableSource.

    Blocks that begin in an `unread` range (begin, end) are not read.
    """
    hashes: list[int] = []
    for place in range(start, end, BLOCK_BYTES):
        if any(begin <= place < behind for begin, behind in unread):
            hashes.append(UNREAD)
            continue
        block = next(read_blocks(file, place, min(place + BLOCK_BYTES, end)), b"")
        if not block:
            break
        hashes.append(_native.xxh3_64(block))
    return combine(hashes)


def content_hash(source: Source, start: int, end: int) -> int:
    """Content hash of bytes start to end as they are stored. Raises UnreadableSource."""
    with open_source(source) as file:
        return hash_of(file, start, end)
