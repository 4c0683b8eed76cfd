"""How the bytes of many files are cut into pieces of work of about equal size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.content import BLOCK_BYTES, Source
from warehouse.otlp.cuts import MESSAGE_FORMS, FrameCuts, frame_cuts, message_cuts
from warehouse.otlp.sniffing import COMPRESSED
from warehouse.otlp.sources import source_of

SPLIT_BYTES = 64 * 1024 * 1024
"""Source bytes of one split at most, but for files that cannot be cut. A multiple of BLOCK_BYTES."""
SMALLEST_SPLIT_BYTES = 16 * 1024 * 1024
BIN_FILES = 2_048
"""Files of one split at most."""
END = 1 << 62
"""End of a range that runs to the end of a compressed file, wherever that is."""


def shallow(value: Any) -> dict[str, Any]:
    """Fields of a flat dataclass; dataclasses.asdict copies deeply, ten times slower for many files."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a batch, frozen when the batch was planned: bytes beyond `size` are of a later batch."""

    path: str
    file_key: int
    form: str
    start: int
    size: int
    modified_unix_nano: int
    head_bytes: int
    head_hash: int
    detail: str | None = None
    """Why the file could not be opened; None when it could."""
    reads: bool = True
    """False for a copy of bytes that were read before: only the ledger gets to know it."""
    copy_of: int | None = None
    """Number of the file of this batch that holds the same bytes."""
    inner_form: str | None = None
    """What the ledger says lies inside, when the file was read before."""
    etag: str = ""
    """The version of an object that is read; empty for files."""

    @property
    def source(self) -> Source:
        return source_of(self.path, self.size, self.etag)

    @property
    def bytes_to_read(self) -> int:
        """Bytes on the disk; a compressed file is always read from its beginning."""
        return self.size if self.form in COMPRESSED else self.size - self.start


@dataclass(frozen=True, slots=True)
class FileRange:
    """Bytes start to end of one file. `file` is its number in the batch, `file_start` where reading it began.

    Lines belong to the range that their first byte lies in; all other records lie in one range. In a
    compressed file `start` and `end` count decompressed bytes: decompression begins at byte `packed_start` of
    the file, which is decompressed byte `packed_offset`, and is over about `packed_end`.
    """

    file: int
    path: str
    file_key: int
    form: str
    start: int
    end: int
    file_start: int
    file_size: int
    detail: str | None = None
    packed_start: int = 0
    packed_offset: int = 0
    packed_end: int = 0
    inner_form: str | None = None
    """What a compressed file holds, where its beginning is not in the range; None: see there."""
    etag: str = ""
    modified_unix_nano: int = 0
    """Time of the file when the batch was planned; 0: not known. It and the head tell whether it changed."""
    head_bytes: int = 0
    head_hash: int = 0

    @property
    def source(self) -> Source:
        return source_of(self.path, self.file_size, self.etag)

    @property
    def bytes_to_read(self) -> int:
        """Bytes on the disk."""
        return self.packed_end - self.packed_start if self.form in COMPRESSED else self.end - self.start


@dataclass(frozen=True, slots=True)
class Split:
    """One piece of work: a range of a large file, or many small files."""

    index: int
    ranges: tuple[FileRange, ...]

    @property
    def size(self) -> int:
        return sum(r.bytes_to_read for r in self.ranges)

    def to_json(self) -> dict[str, Any]:
        return {"index": self.index, "ranges": [shallow(r) for r in self.ranges]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Split:
        return cls(value["index"], tuple(FileRange(**r) for r in value["ranges"]))


def split_bytes_for(total: int, workers: int, most: int = SPLIT_BYTES) -> int:
    """Split size that keeps all workers busy to the end: as many for each, two or more, within bounds."""
    each = max(2, -(-total // (workers * most)))
    blocks = -(-total // (workers * each * BLOCK_BYTES))
    return max(SMALLEST_SPLIT_BYTES, blocks * BLOCK_BYTES)


def plan_splits(
    files: Iterable[SourceFile],
    split_bytes: int = SPLIT_BYTES,
    *,
    max_decompressed: int = DECOMPRESSED_LIMIT,
    workers: int = 1,
) -> list[Split]:
    """Cut large files, bin small ones. Every byte from `start` to `size` of each file is in one range.

    Large zstd files of many frames are decompressed once to find where to cut them, by `workers` threads;
    bytes behind the first `max_decompressed` of them stay in one range.
    """
    splits: list[Split] = []
    binned: list[FileRange] = []
    binned_bytes = 0
    for number, file in enumerate(files):
        if not file.reads:
            continue
        for piece in _ranges(number, file, split_bytes, max_decompressed, workers):
            length = piece.bytes_to_read
            if binned and (binned_bytes + length > split_bytes or len(binned) == BIN_FILES):
                splits.append(Split(len(splits), tuple(binned)))
                binned, binned_bytes = [], 0
            binned.append(piece)
            binned_bytes += length
    if binned:
        splits.append(Split(len(splits), tuple(binned)))
    return splits


def _ranges(
    number: int, file: SourceFile, split_bytes: int, max_decompressed: int, workers: int
) -> Iterator[FileRange]:
    if file.form in COMPRESSED:
        found = None
        if file.form == "zstd" and file.size > split_bytes and file.detail is None:
            found = frame_cuts(file.source, file.start, file.size, split_bytes, max_decompressed, workers)
        yield from _packed_ranges(number, file, found)
        return
    cuts = [file.start]
    if file.size - file.start > split_bytes and file.detail is None:
        if file.form == "json_lines":
            cuts = list(range(file.start, file.size, split_bytes))
        elif file.form in MESSAGE_FORMS:
            cuts = list(message_cuts(file.source, file.form, file.start, file.size, split_bytes))
    for start, end in zip(cuts, [*cuts[1:], file.size], strict=True):
        yield file_range(number, file, start, end)


def file_range(number: int, file: SourceFile, start: int, end: int) -> FileRange:
    """Bytes start to end of the file, which has this number in its batch."""
    return FileRange(
        number,
        file.path,
        file.file_key,
        file.form,
        start,
        end,
        file.start,
        file.size,
        file.detail,
        etag=file.etag,
        modified_unix_nano=file.modified_unix_nano,
        head_bytes=file.head_bytes,
        head_hash=file.head_hash,
    )


def _packed_ranges(number: int, file: SourceFile, found: FrameCuts | None) -> Iterator[FileRange]:
    if found is None:
        yield replace(file_range(number, file, file.start, END), packed_end=file.size)
        return
    for cut, following in zip(found.cuts, [*found.cuts[1:], None], strict=True):
        yield replace(
            file_range(number, file, cut.start, following.start if following else END),
            packed_start=cut.packed_start,
            packed_offset=cut.packed_offset,
            packed_end=following.packed_start if following else file.size,
            inner_form=found.inner_form,
        )
