"""Gzip and zstd streams as files that are read forward, in bounded memory, to where they break off."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import zstandard

from warehouse.otlp.content import ForwardReadable, Readable, Source, open_source
from warehouse.otlp.sniffing import COMPRESSED, SNIFF_BYTES, sniff

DECOMPRESSED_LIMIT = 64 * 1024**3
"""Bytes that one file may hold after decompression: beyond it a decompression bomb is likelier than data."""
NESTED = 2
"""Layers of compression that are opened."""
_CHUNK_BYTES = {"gzip": 64 * 1024, "zstd": 4 * 1024}
"""Compressed bytes decoded at once: at worst they become 64 MiB (gzip) or 128 MiB (zstd) of zeros."""
_SKIPPED_BYTES = 1024 * 1024
_BETWEEN_MEMBERS = b"\0\n"
"""Padding that some writers leave between gzip members or zstd frames."""
_LARGEST_WINDOW = 512 * 1024 * 1024
"""Bytes of history that a zstd frame may ask to keep (`--long=29`): half of what a worker may hold."""
WINDOW_TOO_LARGE = (
    f"a frame asks for a window of more than {_LARGEST_WINDOW >> 20} MiB; decompress the file first "
    "(zstd -d --long=31)"
)
Damage = (zlib.error, zstandard.ZstdError)


class _Member(Protocol):
    """A decoder of one gzip member or zstd frame."""

    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, /) -> bytes: ...


class Decompressed:
    """The bytes of a compressed stream, read forward only.

    `open_again` opens the compressed bytes at their beginning. After the end has been reached, `is_complete`
    says that it was the end of a member, `damage` why it was not (form and sentence), and `is_at_limit` that
    there was more than `limit` bytes. `position` is the place of the first byte in the stream that counts.
    """

    def __init__(
        self, open_again: Callable[[], ForwardReadable], form: str, limit: int, position: int = 0
    ) -> None:
        self.form, self.limit, self.position = form, limit, position
        self.is_at_limit = False
        self._open_again = open_again
        self._source = open_again()
        self._members: Callable[[], Any] = _gzip_members if form == "gzip" else _zstd_frames()
        self._is_between = True
        self._own_damage: str | None = None
        self._pieces = self._salvageable()
        self._kept = b""

    @property
    def damage(self) -> tuple[str, str] | None:
        """Form and reason of the innermost layer that is damaged."""
        if isinstance(self._source, Decompressed) and self._source.damage:
            return self._source.damage
        return (self.form, self._own_damage) if self._own_damage else None

    @property
    def layers(self) -> list[str]:
        """Forms of compression from outside in."""
        outer = self._source.layers if isinstance(self._source, Decompressed) else []
        return [*outer, self.form]

    @property
    def is_complete(self) -> bool:
        outer = self._source
        whole = not isinstance(outer, Decompressed) or (outer.is_complete and not outer.is_at_limit)
        return whole and self._is_between and not self.damage and not self.is_at_limit

    def head(self, size: int) -> bytes:
        """The next bytes, fewer at the end; they are read again by `read`."""
        self._fill(size)
        return self._kept[:size]

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer at the end. Raises OSError when the compressed bytes cannot be read."""
        wanted = max(0, min(size, self.limit - self.position))
        self._fill(wanted)
        found, self._kept = self._kept[:wanted], self._kept[wanted:]
        self.position += len(found)
        if wanted < size and self.head(1):
            self.is_at_limit = True
        return found

    def seek(self, offset: int, /) -> int:
        """Move forward to an offset; never back. Stops at the end."""
        while self.position < offset and self.read(min(_SKIPPED_BYTES, offset - self.position)):
            pass
        return self.position

    def _fill(self, size: int) -> None:
        if len(self._kept) >= size:
            return
        pieces, length = [self._kept], len(self._kept)
        for piece in self._pieces:
            pieces.append(piece)
            length += len(piece)
            if length >= size:
                break
        self._kept = b"".join(pieces)

    def _salvageable(self) -> Iterator[bytes]:
        """All pieces. A chunk that turns out damaged is decoded anew, byte by byte, up to the damage."""
        given, self._chunk_start = 0, 0
        try:
            for piece in self._decoded(self._source, None):
                given += len(piece)
                yield piece
            return
        except Damage as error:
            why, start = _why(error), self._chunk_start
        try:
            for piece in self._decoded(self._open_again(), start):
                skipped = min(given, len(piece))
                given -= skipped
                if piece[skipped:]:
                    yield piece[skipped:]
        except Damage:
            self._own_damage = why

    def _decoded(self, source: ForwardReadable, careful_from: int | None) -> Iterator[bytes]:
        member: _Member | None = None
        offset, is_first = 0, True
        while True:
            self._chunk_start = offset
            single = careful_from is not None and offset >= careful_from
            chunk = source.read(1 if single else _CHUNK_BYTES[self.form])
            if not chunk:
                return
            offset += len(chunk)
            while chunk:
                if member is None:
                    chunk = chunk if is_first else chunk.lstrip(_BETWEEN_MEMBERS)
                    if not chunk:
                        break
                    member, is_first, self._is_between = self._members(), False, False
                if piece := member.decompress(chunk):
                    yield piece
                chunk = b""
                if member.eof:
                    chunk, member, self._is_between = member.unused_data, None, True


def _gzip_members() -> Any:
    return zlib.decompressobj(wbits=31)


def _zstd_frames() -> Callable[[], Any]:
    return zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj


def _why(error: Exception) -> str:
    return WINDOW_TOO_LARGE if "too much memory" in str(error) else str(error)


class Section:
    """Bytes `start` to `end` of a file, so that bytes appended meanwhile stay for the next batch."""

    def __init__(self, file: Readable, start: int, end: int) -> None:
        self._file, self._left = file, end - start
        file.seek(start)

    def read(self, size: int, /) -> bytes:
        found = self._file.read(min(size, self._left))
        self._left -= len(found)
        return found


def open_layers(file: Readable, form: str, size: int, limit: int) -> tuple[Decompressed, str]:
    """The innermost stream of a compressed file of `size` bytes, and the form of what it holds."""

    def opener(depth: int, layers: tuple[str, ...]) -> Callable[[], ForwardReadable]:
        if not depth:
            return lambda: Section(file, 0, size)
        return lambda: Decompressed(opener(depth - 1, layers), layers[depth - 1], limit)

    layers: tuple[str, ...] = (form,)
    while True:
        stream = Decompressed(opener(len(layers) - 1, layers), layers[-1], limit)
        head = stream.head(SNIFF_BYTES)
        is_all = len(head) < SNIFF_BYTES and stream.is_complete
        inner = sniff(head, len(head) if is_all else len(head) + 1)
        if inner not in COMPRESSED or len(layers) == NESTED:
            return stream, inner
        layers = (*layers, inner)


@contextmanager
def open_content(source: Source, form: str, size: int) -> Iterator[Readable]:
    """A file by the offsets of the ledger: decompressed when it is compressed. Raises UnreadableSource."""
    with open_source(source) as file:
        if form in COMPRESSED:
            yield open_layers(file, form, size, limit=1 << 62)[0]
        else:
            yield file
