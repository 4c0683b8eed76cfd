"""How the bytes of many files are cut into pieces of work of about equal size."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from warehouse.otlp.content import BLOCK_BYTES
from warehouse.otlp.sniffing import COMPRESSED
from warehouse.otlp.sources import text_path

SPLIT_BYTES = 64 * 1024 * 1024
"""Source bytes of one split at most, but for files that cannot be cut. A multiple of BLOCK_BYTES."""
SMALLEST_SPLIT_BYTES = 16 * 1024 * 1024
BIN_FILES = 2_048
"""Files of one split at most."""
_WALK_BYTES = 1024 * 1024


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

    @property
    def bytes_to_read(self) -> int:
        """Bytes on the disk; a compressed file is always read from its beginning."""
        return self.size if self.form in COMPRESSED else self.size - self.start


@dataclass(frozen=True, slots=True)
class FileRange:
    """Bytes start to end of one file. `file` is its number in the batch, `file_start` where reading it began.

    Lines belong to the range that their first byte lies in; all other records lie in one range. The range of
    a compressed file is all of it: `start` counts decompressed bytes and `end` is of no meaning.
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

    @property
    def bytes_to_read(self) -> int:
        """Bytes on the disk."""
        return self.file_size if self.form in COMPRESSED else self.end - self.start


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


def split_bytes_for(total: int, workers: int) -> int:
    """Split size that keeps all workers busy: two splits or more for each, within bounds."""
    share = max(1, total // (2 * workers))
    blocks = -(-share // BLOCK_BYTES)
    return min(SPLIT_BYTES, max(SMALLEST_SPLIT_BYTES, blocks * BLOCK_BYTES))


def plan_splits(files: Iterable[SourceFile], split_bytes: int = SPLIT_BYTES) -> list[Split]:
    """Cut large files, bin small ones. Every byte from `start` to `size` of each file is in one range."""
    splits: list[Split] = []
    binned: list[FileRange] = []
    binned_bytes = 0
    for number, file in enumerate(files):
        if not file.reads:
            continue
        for piece in _ranges(number, file, split_bytes):
            length = piece.bytes_to_read
            if binned and (binned_bytes + length > split_bytes or len(binned) == BIN_FILES):
                splits.append(Split(len(splits), tuple(binned)))
                binned, binned_bytes = [], 0
            binned.append(piece)
            binned_bytes += length
    if binned:
        splits.append(Split(len(splits), tuple(binned)))
    return splits


def _ranges(number: int, file: SourceFile, split_bytes: int) -> Iterator[FileRange]:
    cuts = [file.start]
    if file.size - file.start > split_bytes and file.detail is None:
        if file.form == "json_lines":
            cuts = list(range(file.start, file.size, split_bytes))
        elif file.form == "proto_length_prefixed":
            cuts = list(_message_cuts(text_path(file.path), file.start, file.size, split_bytes))
    for start, end in zip(cuts, [*cuts[1:], file.size], strict=True):
        yield FileRange(
            number,
            file.path,
            file.file_key,
            file.form,
            start,
            end,
            file.start,
            file.size,
            file.detail,
        )


def _message_cuts(path: Path, start: int, end: int, split_bytes: int) -> Iterator[int]:
    """Offsets of messages to cut at, `split_bytes` or more apart, found by walking the length headers."""
    yield start
    last = offset = start
    window, window_start = b"", start
    with path.open("rb") as file:
        while offset + 4 <= end:
            if not window_start <= offset <= window_start + len(window) - 4:
                file.seek(offset)
                window, window_start = file.read(_WALK_BYTES), offset
                if len(window) < 4:
                    return
            if offset - last >= split_bytes:
                yield offset
                last = offset
            offset += 4 + struct.unpack_from(">I", window, offset - window_start)[0]
