"""Deciding what a batch reads: new files, and what was appended to known ones."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from warehouse.lake.ledger import FileVersion, History, Ledger, begins_with
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.content import (
    HEAD_BYTES,
    Source,
    UnreadableSource,
    content_hash,
    file_key,
    head_hash,
    open_source,
)
from warehouse.otlp.forms import UNREADABLE, is_readable_form
from warehouse.otlp.sniffing import SNIFF_BYTES, sniff
from warehouse.otlp.sources import path_text
from warehouse.otlp.splits import SourceFile
from warehouse.stores.objects import ObjectChanged, StoredObject, UnnameableKey, head
from warehouse.telemetry import traced

_READERS = 8
_STORE_READERS = 32
"""Requests take long and cost the processor little."""
_FILES_AT_ONCE = 64
_FOLDER = "it is a folder that may not be looked into, so allow that or leave it out"
APPENDED_FORMS = ("json_lines", "proto_length_prefixed", "proto_varint_prefixed", "zstd_length_prefixed")
"""Forms whose files only grow at the end, so that the head is proof enough."""


@dataclass(frozen=True, slots=True)
class Found:
    """The sources sorted out: `files` are for the batch, `skipped` says how many hold nothing new."""

    files: list[SourceFile]
    skipped: int

    @property
    def has_work(self) -> bool:
        return any(f.reads for f in self.files)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file and its first bytes."""

    file: SourceFile
    head: bytes

    def has_head_of(self, version: FileVersion) -> bool:
        length = version.head_bytes
        return len(self.head) >= length and head_hash(self.head, length) == version.head_hash


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file or object as its folder or bucket lists it. `etag` is empty for files."""

    source: Source
    size: int
    modified_unix_nano: int
    etag: str

    def is_there(self) -> bool:
        if isinstance(self.source, StoredObject):
            return head(self.source.root, self.source.key) is not None
        return self.source.exists()

    def can_be_read(self) -> bool:
        """Whether reading might go well now. Access can be granted without changing size or time."""
        if isinstance(self.source, StoredObject):
            try:
                open_source(self.source).read(1)
            except OSError:
                return False
            return True
        return os.access(self.source, os.R_OK) and not self.is_folder()

    def is_folder(self) -> bool:
        """Whether it is a folder, which is no source but where it may not be looked into."""
        return isinstance(self.source, Path) and self.source.is_dir()


@traced("plan")
def sort_out(sources: Iterable[Source], ledger: Ledger, max_decompressed: int = DECOMPRESSED_LIMIT) -> Found:
    """Compare the files with the ledger. Unchanged files are not opened; files that vanished are left out.

    Files that were refused as decompression bombs are read on when `max_decompressed` is higher now.
    """
    seen = {path_text(s): found for s in sources if (found := _seen(s)) is not None}
    known = ledger.of_paths(seen)
    waiting = {t for t, h in known.items() if ledger.may_go_on(h[-1], max_decompressed)}
    changed = [
        (t, s)
        for t, s in seen.items()
        if t not in known or t in waiting or not _is_unchanged(known[t][-1], s)
    ]
    is_remote = any(isinstance(s.source, StoredObject) for _, s in changed)
    pieces = [changed[i : i + _FILES_AT_ONCE] for i in range(0, len(changed), _FILES_AT_ONCE)]
    with ThreadPoolExecutor(_STORE_READERS if is_remote else _READERS) as pool:
        opened = list(chain.from_iterable(pool.map(_open_all, pieces)))
    strangers = [o for o in opened if o.file.path not in known and o.file.form != UNREADABLE]
    heads = ledger.of_heads({o.file.head_hash for o in strangers})
    files: list[SourceFile] = []
    for one in opened:
        history = known.get(one.file.path)
        if history:
            planned = _known_path(one, history, one.file.path in waiting)
        else:
            planned = _known_content(one, heads.get(one.file.head_hash, []))
        if planned is not None:
            files.append(planned)
    files = _without_copies(files)
    return Found(files, len(seen) - sum(f.reads for f in files))


def stat_of(path: Path) -> os.stat_result | None:
    """Size and times of a file; None when it is gone."""
    try:
        return path.stat()
    except OSError:
        return None


def _seen(source: Source) -> _Seen | None:
    if isinstance(source, StoredObject):
        return _Seen(source, source.size, source.modified_unix_nano, source.etag)
    stat = stat_of(source)
    return None if stat is None else _Seen(source, stat.st_size, stat.st_mtime_ns, "")


def _is_unchanged(version: FileVersion, seen: _Seen) -> bool:
    is_same = version.seen_as == (seen.size, seen.modified_unix_nano, seen.etag)
    return is_same and (version.form != UNREADABLE or not seen.can_be_read())


def _open_all(files: Iterable[tuple[str, _Seen]]) -> list[_Opened]:
    return [opened for path, seen in files if (opened := _open(path, seen)) is not None]


def _open(path: str, seen: _Seen) -> _Opened | None:
    """The file as if it were new, with its head. A file that cannot be read gets the form `unreadable`.

    None when it is gone, or an object that was written anew since it was listed: the next run takes it.
    """
    size, modified, etag = seen.size, seen.modified_unix_nano, seen.etag
    try:
        with open_source(seen.source) as file:
            first = file.read(min(SNIFF_BYTES, size))
    except (UnreadableSource, OSError) as error:
        is_there = isinstance(error, UnnameableKey) or seen.is_there()
        if isinstance(error, ObjectChanged) or not is_there:
            return None
        key, why = file_key(path, b""), _FOLDER if seen.is_folder() else str(error)
        return _Opened(
            SourceFile(path, key, UNREADABLE, 0, size, modified, 0, head_hash(b"", 0), why, etag=etag), b""
        )
    length = min(HEAD_BYTES, len(first))
    form, key, hashed = sniff(first, size), file_key(path, first), head_hash(first, length)
    return _Opened(SourceFile(path, key, form, 0, size, modified, length, hashed, etag=etag), first)


def _known_path(one: _Opened, history: History, is_waiting: bool) -> SourceFile | None:
    """A path of the ledger whose size or time differs: it grew, was touched, or holds another file now."""
    file, last = one.file, history[-1]
    if file.form == UNREADABLE or last.form == UNREADABLE or not one.has_head_of(last):
        return file
    nothing_taken = last.end_offset == 0 or last.form == "empty"
    if nothing_taken or (not is_readable_form(last.form) and is_readable_form(file.form)):
        # Empty, torn or rejected whole until now: read from the start under the old key.
        return replace(file, file_key=last.file_key)
    grew = file.size > last.size_bytes
    # Of a file with a piece that could not be read no hash is known.
    is_untouched = last.seen_as == (file.size, file.modified_unix_nano, file.etag)
    is_same_object = bool(file.etag) and file.etag == last.etag
    # Objects are written anew as a whole, so that a larger one need not begin like the one before it.
    is_appended = grew and last.form in APPENDED_FORMS and not file.etag
    is_known = is_untouched or is_same_object or is_appended
    if not is_known and not begins_with(file.source, file.size, history):
        return file
    rest = replace(
        file, file_key=last.file_key, form=last.form, inner_form=last.inner_form, start=last.end_offset
    )
    return rest if grew or is_waiting else replace(rest, reads=False)


def _known_content(one: _Opened, histories: list[History]) -> SourceFile:
    """A path that the ledger does not know: new bytes, a copy, or a renamed file that grew meanwhile."""
    file = one.file
    for history in histories:
        last = history[-1]
        if last.end_offset == 0 or last.head_bytes != file.head_bytes or file.size < last.size_bytes:
            continue
        if begins_with(file.source, file.size, history):
            rest = replace(file, form=last.form, inner_form=last.inner_form, start=last.end_offset)
            return rest if file.size > last.size_bytes else replace(rest, reads=False)
    return file


def _without_copies(files: list[SourceFile]) -> list[SourceFile]:
    """Mark files of this batch that equal an earlier one of it."""
    first_of: dict[tuple[int, int], list[int]] = {}
    kept: list[SourceFile] = []
    for number, file in enumerate(files):
        kept.append(file)
        if not file.reads or file.start or not file.size or file.form == UNREADABLE:
            continue
        alike = first_of.setdefault((file.size, file.head_hash), [])
        for other in alike:
            if _same_bytes(file, files[other]):
                kept[number] = replace(file, reads=False, copy_of=other)
                break
        else:
            alike.append(number)
    return kept


def _same_bytes(one: SourceFile, other: SourceFile) -> bool:
    try:
        return content_hash(one.source, 0, one.size) == content_hash(other.source, 0, other.size)
    except UnreadableSource:
        return False
