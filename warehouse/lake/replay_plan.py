"""Which rejects can be retried, and from what: the source file when it is unchanged, else the bytes kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake.ledger import FileVersion, History, Ledger, begins_with
from warehouse.lake.planning import stat_of
from warehouse.lake.reject_keys import KEY, reject_rows
from warehouse.otlp.content import Source, UnreadableSource, open_source
from warehouse.otlp.forms import UNREADABLE
from warehouse.otlp.selection import SCHEMA
from warehouse.otlp.sniffing import COMPRESSED, SNIFF_BYTES, sniff
from warehouse.otlp.sources import source_of
from warehouse.otlp.splits import END, SourceFile
from warehouse.stores.objects import StoredObject, head
from warehouse.stores.places import Place

_READ = (*KEY, "path", "length_bytes", "raw")
_ROWS_AT_ONCE = 1024
NOT_BYTES = ("conflicting_duplicate",)
"""Reasons of rejects that bytes do not explain: no release reads them otherwise."""
_LIMIT = "decompression_limit"
_OF_FILES = ("unsupported_form", UNREADABLE)
_FRAMED = "zstd_length_prefixed"
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(slots=True)
class Chosen:
    """What a replay does. `rows` has the columns of `warehouse.otlp.selection.SCHEMA`.

    `whole` are numbers of files that are read from their beginning, as if they were new; `kept_bytes` those
    whose rejects are retried from the bytes that `rejects` keeps. The counts are of rejects that cannot be
    retried: their source is gone or changed, or ingest itself goes on there (`unfinished`).
    """

    files: list[SourceFile] = field(default_factory=list)
    rows: list[pa.Table] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    kept_bytes: list[int] = field(default_factory=list)
    unreachable: int = 0
    unfinished: int = 0

    @property
    def retried(self) -> int:
        """How many rejects are retried."""
        return sum(rows.num_rows for rows in self.rows)

    def add(self, file: SourceFile, rejects: pa.Table, begin: Ints, end: Ints) -> int:
        """Retry the rejects as part of the file; returns the number of the file."""
        number, rows = len(self.files), rejects.num_rows
        self.files.append(file)
        columns = {"file": pa.array(np.full(rows, number)), **{name: rejects[name] for name in KEY}}
        columns |= {"begin": pa.array(begin), "end": pa.array(end)}
        self.rows.append(pa.table(columns).select(SCHEMA.names).cast(SCHEMA))
        return number


def choose(lake: Place, ledger: Ledger, reason: str | None) -> Chosen:
    """Sort the lake's rejects, all or those of one reason, by how they can be retried."""
    rejects = _rejects(lake, reason)
    chosen = Chosen()
    if not rejects.num_rows:
        return chosen
    histories = ledger.of_paths(set(rejects["path"].to_pylist()))
    for path, rows in _by_file(rejects):
        _choose_file(chosen, rows, histories.get(path, []))
    return chosen


def choose_unread(lake: Place, ledger: Ledger, paths: Iterable[str]) -> Chosen:
    """Pieces in the middle of these files that could not be read: ingest itself goes on behind them only."""
    chosen = Chosen()
    if not ledger.has_unread:
        return chosen
    rejects, histories = _rejects(lake, UNREADABLE), ledger.of_paths(paths)
    for path, rows in _by_file(rejects):
        last = histories[path][-1] if path in histories else None
        if last is None or last.form == UNREADABLE or last.file_key != rows["file_key"][0].as_py():
            continue
        rows = rows.filter(pc.less(rows["byte_offset"], last.end_offset))
        if rows.num_rows and (rows := _without_settled(chosen, rows, histories[path])).num_rows:
            _choose_source(chosen, rows, histories[path])
    return chosen


def _rejects(lake: Place, reason: str | None) -> pa.Table:
    """Keys of rejects, and whether the bytes kept are all of theirs (`is_whole`)."""
    found = [pa.schema([]).empty_table()]
    for rows in reject_rows(lake, _READ, _ROWS_AT_ONCE):
        is_whole = pc.equal(pc.binary_length(rows["raw"]), rows["length_bytes"])
        rows = rows.drop_columns(["raw"]).append_column("is_whole", is_whole)
        wanted = pc.invert(pc.is_in(rows["reason"], pa.array(NOT_BYTES)))
        if reason is not None:
            wanted = pc.and_(wanted, pc.equal(rows["reason"], reason))
        found.append(rows.filter(wanted))
    return pa.concat_tables(found[1:] or found)


def _by_file(rejects: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Rejects of one path and file key at a time, in order of their offset."""
    keys = [("path", "ascending"), ("file_key", "ascending"), ("byte_offset", "ascending")]
    rejects = rejects.take(pc.sort_indices(rejects, keys)).combine_chunks()
    paths = rejects["path"].combine_chunks().dictionary_encode().indices.to_numpy()
    file_keys = rejects["file_key"].to_numpy()
    is_first = (paths[1:] != paths[:-1]) | (file_keys[1:] != file_keys[:-1])
    begins = [0, *(np.flatnonzero(is_first) + 1).tolist(), rejects.num_rows]
    for begin, end in pairwise(begins):
        rows = rejects.slice(begin, end - begin)
        yield rows["path"][0].as_py(), rows


def _choose_file(chosen: Chosen, rejects: pa.Table, history: History) -> None:
    """`history`: versions of the path since it was last read from its beginning."""
    if not history:
        chosen.unreachable += rejects.num_rows
        return
    rejects = _without_settled(chosen, rejects, history)
    if not rejects.num_rows:
        return
    is_current = history[0].file_key == rejects["file_key"][0].as_py()
    batches, first = rejects["batch_id"].to_numpy(), history[0].batch_id
    current = rejects.filter(pa.array(batches >= first)) if is_current else rejects.slice(0, 0)
    gone = rejects.filter(pa.array(batches < first)) if is_current else rejects
    if current.num_rows and not _choose_source(chosen, current, history):
        gone = pa.concat_tables([gone, current])
    _choose_kept_bytes(chosen, gone, history[-1])


def _without_settled(chosen: Chosen, rejects: pa.Table, history: History) -> pa.Table:
    """Leave out rejects of bytes that ingest reads on by itself; where it has done so, they just leave."""
    offsets, batches = rejects["byte_offset"].to_numpy(), rejects["batch_id"].to_numpy()
    last = history[-1]
    is_limit = pc.equal(rejects["reason"], _LIMIT).to_numpy()
    is_settled = is_limit & (offsets < last.end_offset)
    is_waiting = is_limit & ~is_settled
    if last.form != UNREADABLE:
        is_unread = pc.equal(rejects["reason"], UNREADABLE).to_numpy()
        went_on = [
            any(v.start_offset == offset and v.batch_id > batch for v in history)
            for offset, batch in zip(offsets[is_unread], batches[is_unread], strict=True)
        ]
        is_settled[is_unread] = np.array(went_on, bool) | (batches[is_unread] < history[0].batch_id)
        # A piece in the middle that could not be read is none of ingest's any more: replay reads it.
        is_waiting |= is_unread & ~is_settled & (offsets >= last.end_offset)
    elif _is_open_folder(source_of(last.path, last.size_bytes, last.etag)):
        is_settled[:] = True
    if is_settled.any():
        nothing = np.full(int(is_settled.sum()), -1)
        chosen.add(_kept(last, rejects), rejects.filter(pa.array(is_settled)), nothing, nothing)
    chosen.unfinished += int(is_waiting.sum())
    return rejects.filter(pa.array(~is_settled & ~is_waiting))


def _is_open_folder(source: Source) -> bool:
    """Whether it is a folder that may be looked into by now, so that ingest takes the files in it."""
    return isinstance(source, Path) and source.is_dir() and os.access(source, os.R_OK | os.X_OK)


def _choose_source(chosen: Chosen, rejects: pa.Table, history: History) -> bool:
    """Retry from the source file; False when it is gone or holds other bytes."""
    last = history[-1]
    source = source_of(last.path, last.size_bytes, last.etag)
    is_same = _is_same(source, last)
    if _is_rejected_whole(rejects, history):
        return is_same and _choose_whole(chosen, rejects, last, source)
    # A file with a piece that could not be read is known by size and time alone.
    if not is_same and not _is_grown(source, history):
        return False
    offsets = rejects["byte_offset"].to_numpy()
    starts = np.array([v.start_offset for v in history])
    version_of = np.searchsorted(starts, offsets, side="right") - 1
    for number in np.unique(version_of):
        rows = rejects.filter(pa.array(version_of == number))
        begin, end = _bytes_of(rows, history[number])
        chosen.add(_source(history[number]), rows, begin, end)
    return True


def _is_same(source: Source, version: FileVersion) -> bool:
    """Whether the file or object is the one that was read, told as ingest tells it."""
    if isinstance(source, StoredObject):
        try:
            found = head(source.root, source.key)
        except OSError:
            return False
        return found is not None and version.seen_as == (found.size, found.modified_unix_nano, found.etag)
    stat = stat_of(source)
    return stat is not None and version.seen_as == (stat.st_size, stat.st_mtime_ns, "")


def _is_grown(source: Source, history: History) -> bool:
    """Whether the file still begins with all that was read; objects are written anew as a whole."""
    stat = None if isinstance(source, StoredObject) else stat_of(source)
    return stat is not None and begins_with(source, stat.st_size, history)


def _is_rejected_whole(rejects: pa.Table, history: History) -> bool:
    """Whether the one reject is the whole file: its form may be another to this release."""
    (first, *_) = rejects.slice(0, 1).to_pylist()
    is_all = (first["byte_offset"], first["length_bytes"]) == (0, history[0].size_bytes)
    return is_all and len(history) == rejects.num_rows == 1 and first["reason"] in _OF_FILES


def _choose_whole(chosen: Chosen, rejects: pa.Table, version: FileVersion, source: Source) -> bool:
    try:
        with open_source(source) as file:
            first = file.read(min(SNIFF_BYTES, version.size_bytes))
    except (UnreadableSource, OSError):
        return False
    form = sniff(first, version.size_bytes)
    rows = rejects.num_rows
    whole = replace(_source(version), form=form, start=0, size=version.size_bytes, inner_form=None)
    chosen.whole.append(chosen.add(whole, rejects, np.zeros(rows, np.int64), np.full(rows, END)))
    return True


def _source(version: FileVersion) -> SourceFile:
    """The bytes that a version took. The size of a compressed file is that on the disk."""
    size = version.size_bytes if version.form in COMPRESSED else version.end_offset
    return SourceFile(
        version.path,
        version.file_key,
        version.form,
        version.start_offset,
        size,
        version.modified_unix_nano,
        version.head_bytes,
        version.head_hash,
        inner_form=version.inner_form,
        etag=version.etag,
    )


def _bytes_of(rejects: pa.Table, version: FileVersion) -> tuple[Ints, Ints]:
    """The bytes whose records a reject stands for; begin is -1 where it stands for one record."""
    is_message = pc.equal(rejects["signal"], "message").to_numpy()
    offsets = rejects["byte_offset"].to_numpy()
    # All that a frame holds is placed where the frame begins.
    lengths = 1 if _is_framed(version) else rejects["length_bytes"].to_numpy()
    return np.where(is_message, offsets, -1), np.where(is_message, offsets + lengths, -1)


def _is_framed(version: FileVersion) -> bool:
    return _FRAMED in (version.form, *(version.inner_form or "").split(", "))


def _choose_kept_bytes(chosen: Chosen, rejects: pa.Table, version: FileVersion) -> None:
    """Messages whose bytes were kept whole need no source; single records lack their resource and scope."""
    is_message = pc.equal(rejects["signal"], "message")
    has_bytes = pc.and_(is_message, pc.and_(rejects["is_whole"], pc.greater(rejects["length_bytes"], 0)))
    if _is_framed(version):
        has_bytes = pc.and_(has_bytes, False)
    kept = rejects.filter(has_bytes)
    chosen.unreachable += rejects.num_rows - kept.num_rows
    if kept.num_rows:
        offsets = kept["byte_offset"].to_numpy()
        ends = offsets + kept["length_bytes"].to_numpy()
        chosen.kept_bytes.append(chosen.add(_kept(version, kept), kept, offsets, ends))


def _kept(version: FileVersion, rejects: pa.Table) -> SourceFile:
    """A file that is not read."""
    return SourceFile(
        version.path,
        rejects["file_key"][0].as_py(),
        version.form,
        version.end_offset,
        version.size_bytes,
        version.modified_unix_nano,
        version.head_bytes,
        version.head_hash,
        reads=False,
    )
