"""The ledger of ingested files: what is known about a path or about some bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from operator import itemgetter

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake.tables import LEDGER, data_paths
from warehouse.otlp.compression import open_content
from warehouse.otlp.content import Source, UnreadableSource, hash_of
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

    @property
    def seen_as(self) -> tuple[int, int, str]:
        """Size, time and ETag: a file or object that still has them is not read to know it again."""
        return self.size_bytes, self.modified_unix_nano, self.etag


_STOPPED = ("decompression_limit", "unreadable")
COLUMNS = [f.name for f in fields(FileVersion)]
History = list[FileVersion]
"""Rows of one path in batch order, beginning where the file was last read from its start."""


class Ledger:
    """The ledger as of now."""

    def __init__(self, rows: pa.Table, refused: dict[tuple[str, int], tuple[str, int]]) -> None:
        self._rows = rows
        self._refused = refused

    @classmethod
    def empty(cls) -> Ledger:
        """A ledger that knows no file."""
        return cls(pa.Table.from_batches([], file_schema(TABLES[LEDGER])).select(COLUMNS), {})

    @classmethod
    def read(cls, lake: Place) -> Ledger:
        empty = pa.Table.from_batches([], file_schema(TABLES[LEDGER])).select(COLUMNS)
        files = data_paths(lake, LEDGER)
        # Files that other writers merged say of every column that it may be null.
        rows = pa.concat_tables([empty, *(_versions(file).cast(empty.schema) for file in files)])
        return cls(rows, _refused(lake))

    @property
    def has_unread(self) -> bool:
        """Whether bytes of some file could not be read."""
        return any(reason == UNREADABLE for reason, _ in self._refused.values())

    def may_go_on(self, version: FileVersion, max_decompressed: int) -> bool:
        """Whether this version was not read to its end, and now may be.

        Reading stopped at a limit of decompression that is higher now, or where the bytes could not be had.
        """
        stopped = self._refused.get((version.path, version.batch_id))
        if stopped is None or stopped[0] == "decompression_limit":
            return stopped is not None and stopped[1] < max_decompressed
        return version.form != UNREADABLE and stopped[1] >= version.end_offset

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
        versions = [FileVersion(**row) for row in self._rows.filter(wanted).to_pylist()]
        found: dict[str, History] = {}
        for version in sorted(versions, key=lambda v: v.batch_id):
            if version.start_offset == 0:
                found[version.path] = []
            found.setdefault(version.path, []).append(version)
        return found


def _versions(file: str) -> pa.Table:
    """File versions of one file of the ledger; corrections by replays are none."""
    rows = open_parquet(file).read([*COLUMNS, "is_replay"])
    return rows.filter(pc.invert(rows["is_replay"])).select(COLUMNS)


def _refused(lake: Place) -> dict[tuple[str, int], tuple[str, int]]:
    """Why and where reading of files stopped last before their end, by path and batch."""
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for file in data_paths(lake, "rejects"):
        rows = open_parquet(file).read(["path", "batch_id", "byte_offset", "reason"])
        for row in rows.filter(pc.is_in(rows["reason"], text_array(_STOPPED))).to_pylist():
            stopped = row["reason"], row["byte_offset"]
            key = row["path"], row["batch_id"]
            found[key] = max(found.get(key, stopped), stopped, key=itemgetter(1))
    return found


def begins_with(source: Source, size: int, history: History) -> bool:
    """Whether the file begins with exactly the bytes that the history read. Reads all of them."""
    last = history[-1]
    if history[0].start_offset != 0 or (last.form not in COMPRESSED and size < last.end_offset):
        return False
    try:
        with open_content(source, last.form, size) as file:
            return all(hash_of(file, v.start_offset, v.end_offset) == v.content_hash for v in history)
    except (UnreadableSource, OSError):
        return False
