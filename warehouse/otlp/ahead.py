"""Opening the files of a bin: small objects of a store are fetched before their turn, many at a time."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from warehouse.otlp.changing import check_unchanged
from warehouse.otlp.content import open_source, reading
from warehouse.otlp.splits import FileRange
from warehouse.stores.objects import StoredObject, read_range

_SMALL_BYTES = 1024 * 1024
_FETCHED_AT_ONCE = 16
"""Objects under way or waiting for their turn, so at most 16 MiB a worker."""


class Opener:
    """How the bytes of one file range are reached. Nothing is opened before `open` is called."""

    def __init__(self, piece: FileRange, fetched: Future[bytes] | None = None) -> None:
        self._piece, self._fetched = piece, fetched

    def open(self) -> BinaryIO:
        """Raises UnreadableSource, also when the file was changed since the batch was planned."""
        if self._fetched is None:
            file = open_source(self._piece.source)
            check_unchanged(file, self._piece)
            return file
        with reading():
            return io.BytesIO(self._fetched.result())


def opened_ahead(pieces: Sequence[FileRange]) -> Iterator[tuple[FileRange, Opener]]:
    """The ranges in their order, each with its bytes."""
    if not any(_is_small_object(piece) for piece in pieces):
        yield from ((piece, Opener(piece)) for piece in pieces)
        return
    waiting: deque[tuple[FileRange, Opener]] = deque()
    with ThreadPoolExecutor(_FETCHED_AT_ONCE) as pool:
        for piece in pieces:
            fetched = pool.submit(_fetch, piece.source) if _is_small_object(piece) else None
            waiting.append((piece, Opener(piece, fetched)))
            if len(waiting) == _FETCHED_AT_ONCE:
                yield waiting.popleft()
        yield from waiting


def _is_small_object(piece: FileRange) -> bool:
    is_object = isinstance(piece.source, StoredObject) and piece.form != "unreadable"
    return is_object and piece.file_size <= _SMALL_BYTES


def _fetch(found: object) -> bytes:
    assert isinstance(found, StoredObject)
    return read_range(found.root, found.key, 0, found.size, found.etag)
