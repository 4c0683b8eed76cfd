"""The ledger of ingested files: what is known about a path or about some bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake.tables import LEDGER, data_paths
from warehouse.otlp.compression import open_content
from warehouse.otlp.content import Source, UnreadableSource, combine, hash_of
from warehouse.otlp.forms import UNREADABLE
from warehouse.otlp.sniffing import COMPRESSED
from warehouse.schemas.arrow import file_schema, int64_array, text_array
from warehouse.schemas.parquet import open_parquet
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place


@dataclass(frozen=True, slots=True)
class FileVersion:
    """What the ledger keeps to recognise a file: columns of `ingest_files`."""

    file_key: int
    batch_id: int
    path: str
    size_bytes: int
    modified_unix_nano: int
    head_bytes: int
    head_hash: int
    content_hash: int
    form: str
    start_offset: int
    end_offset: int
    inner_form: str | None
    etag: str
    unread: tuple[tuple[int, int], ...] = ()
    """Begin and end of pieces that could not be read: rejects, no column."""

    @property
    def seen_as(self) -> tuple[int, int, str]:
        """Size, time and ETag: a file or object that still has them is not read to know it again."""
        return self.size_bytes, self.modified_unix_nano, self.etag


@dataclass(frozen=True, slots=True)
class _Stopped:
    """A reject of bytes that were not read."""

    reason: str
    begin: int
    end: int


_STOPPED = ("decompression_limit", "unreadable")
COLUMNS = [f.name for f in fields(FileVersion) if f.name != "unread"]
_READ = [*COLUMNS, "is_replay"]
History = list[FileVersion]
"""Rows of one path in batch order, beginning where the file was last read from its start."""


class Ledger:
    """The ledger as of now."""

    def __init__(self, rows: pa.Table, refused: dict[tuple[str, int], list[_Stopped]]) -> None:
        corrections = rows.filter(rows["is_replay"])
        versions = (FileVersion(**row) for row in corrections.select(COLUMNS).to_pylist())
        self._mended = [version for version in versions if version.content_hash != combine([])]
        self._rows = rows.filter(pc.invert(rows["is_replay"])).select(COLUMNS)
        self._refused = refused

    @classmethod
    def empty(cls) -> Ledger:
        """A ledger that knows no file."""
        return cls(pa.Table.from_batches([], file_schema(TABLES[LEDGER])).select(_READ), {})

    @classmethod
    def read(cls, lake: Place) -> Ledger:
        empty = pa.Table.from_batches([], file_schema(TABLES[LEDGER])).select(_READ)
        files = data_paths(lake, LEDGER)
        # Files that other writers merged say of every column that it may be null.
        rows = pa.concat_tables(
            [empty, *(open_parquet(file).read(_READ).cast(empty.schema) for file in files)]
        )
        return cls(rows, _refused(lake))

    @property
    def has_unread(self) -> bool:
        """Whether bytes of some file could not be read."""
        return any(stopped.reason == UNREADABLE for found in self._refused.values() for stopped in found)

    def may_go_on(self, version: FileVersion, max_decompressed: int) -> bool:
        """Whether this version was not read to its end, and now may be.

        Reading stopped at a limit of decompression that is higher now, or where the bytes could not be had.
        """
        found = self._refused.get((version.path, version.batch_id))
        if not found:
            return False
        last = max(found, key=attrgetter("begin"))
        if last.reason == "decompression_limit":
            return last.begin < max_decompressed
        return version.form != UNREADABLE and last.begin >= version.end_offset

    def of_paths(self, paths: Iterable[str]) -> dict[str, History]:
        """Histories of the paths that the ledger knows."""
        if not self._rows.num_rows:  # of a new lake; Arrow would load its functions first
            return {}
        return self._histories(pc.is_in(self._rows["path"], text_array(paths)))

    def of_heads(self, head_hashes: Collection[int]) -> dict[int, list[History]]:
        """By head hash, the histories of files that were read from their start and begin with such bytes."""
        if not self._rows.num_rows:
            return {}
        wanted = pc.is_in(self._rows["head_hash"], int64_array(head_hashes))
        paths = pc.unique(self._rows["path"].filter(wanted))
        found: dict[int, list[History]] = {}
        for history in self._histories(pc.is_in(self._rows["path"], paths)).values():
            if history[0].start_offset == 0:
                found.setdefault(history[-1].head_hash, []).append(history)
        return found

    def _histories(self, wanted: pa.Array) -> dict[str, History]:
        versions = [self._version(row) for row in self._rows.filter(wanted).to_pylist()]
        found: dict[str, History] = {}
        for version in sorted(versions, key=lambda v: v.batch_id):
            if version.start_offset == 0:
                found[version.path] = []
            found.setdefault(version.path, []).append(version)
        return found

    def _version(self, row: dict[str, Any]) -> FileVersion:
        """The version as it is known now: replays may have read what could not be read before."""
        version = FileVersion(**row)
        found = self._refused.get((version.path, version.batch_id), [])
        unread = tuple((stopped.begin, stopped.end) for stopped in found if stopped.reason == UNREADABLE)
        for one in self._mended:
            is_of_it = (one.path, one.start_offset) == (version.path, version.start_offset)
            if is_of_it and one.batch_id > version.batch_id:
                version = replace(version, content_hash=one.content_hash)
        return replace(version, unread=unread) if unread else version


def _refused(lake: Place) -> dict[tuple[str, int], list[_Stopped]]:
    """Why and where reading of files stopped before their end, by path and batch."""
    found: dict[tuple[str, int], list[_Stopped]] = {}
    for file in data_paths(lake, "rejects"):
        rows = open_parquet(file).read(["path", "batch_id", "byte_offset", "length_bytes", "reason"])
        for row in rows.filter(pc.is_in(rows["reason"], text_array(_STOPPED))).to_pylist():
            begin = row["byte_offset"]
            stopped = _Stopped(row["reason"], begin, begin + row["length_bytes"])
            found.setdefault((row["path"], row["batch_id"]), []).append(stopped)
    return found


def begins_with(source: Source, size: int, history: History) -> bool:
    """Whether the file begins with exactly the bytes that the history read, and reads them again."""
    last = history[-1]
    if history[0].start_offset != 0 or (last.form not in COMPRESSED and size < last.end_offset):
        return False
    try:
        with open_content(source, last.form, size) as file:
            return all(
                hash_of(file, v.start_offset, v.end_offset, v.unread) == v.content_hash for v in history
            )
    except (UnreadableSource, OSError):
        return False
