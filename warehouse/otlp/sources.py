"""Which files a list of sources names: files, folders with all they hold, patterns, objects of a store."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from warehouse.errors import USAGE, NothingNamed, WarehouseError
from warehouse.stores.listing import find_objects
from warehouse.stores.objects import StoredObject
from warehouse.stores.paths import is_store_url, store_path
from warehouse.stores.places import Place, is_below

_URL = "file://"


def path_text(path: Path | StoredObject) -> str:
    """A path as text for tables and plans: as it is, or as a file URL when its bytes are not UTF-8."""
    text = str(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _URL + quote(os.fsencode(text))
    return text


def text_path(text: str) -> Path:
    """The path of a file that `path_text` wrote down."""
    if text.startswith(_URL):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_URL))))
    return Path(text)


def source_of(text: str, size: int, etag: str) -> Path | StoredObject:
    """The bytes that a table or plan names: of an object, those of the version `etag`."""
    if is_store_url(text):
        place = store_path(text)
        return StoredObject(place.root, place.key, size, 0, etag)
    return text_path(text)


def size_of(source: Path | StoredObject) -> int:
    """Bytes of a source now."""
    return source.size if isinstance(source, StoredObject) else source.stat().st_size


def find_files(sources: Iterable[str | Path], leave_out: Place | None = None) -> list[Path | StoredObject]:
    """Absolute paths of all regular files, and all objects, that the sources name, sorted, each once.

    A folder stands for every file below it, at any depth, and for itself where it may not be looked into.
    `leave_out` is a folder never looked into (the lake may lie below a source). Two names of one inode
    (links) count once, under the first name. Raises WarehouseError when a source names nothing.
    """
    left_out = _identity(leave_out) if isinstance(leave_out, Path) and leave_out.is_dir() else None
    found: set[Path] = set()
    objects: set[StoredObject] = set()
    for source in sources:
        if isinstance(source, str) and is_store_url(source):
            objects.update(o for o in find_objects(source) if not is_below(o, leave_out))
            continue
        for path in _expand(source):
            if path.is_dir():
                found.update(_walk(path, left_out))
            elif path.is_file():
                found.add(_absolute(path))
            else:
                raise WarehouseError(
                    f"{path_text(path)} is neither a file nor a folder: give regular files.", USAGE
                )
    return [*_one_name_per_inode(sorted(found)), *sorted(objects)]


def count_files(sources: Iterable[str], leave_out: Place | None = None) -> dict[str, int]:
    """How many files and objects each source names, 0 when it names nothing, which is no error here.

    Raises WarehouseError when a store cannot be reached.
    """
    counts: dict[str, int] = {}
    for source in sources:
        try:
            counts[source] = len(find_files([source], leave_out))
        except NothingNamed:
            counts[source] = 0
    return counts


def _absolute(path: Path) -> Path:
    # Path.resolve would follow links, and the ledger should show the name that was given.
    return Path(os.path.abspath(path))  # noqa: PTH100


def _expand(source: str | Path) -> list[Path]:
    if not os.fspath(source):
        raise NothingNamed("A source is empty: name a file, folder or pattern.")
    path = Path(source)
    if os.path.lexists(path):
        if not path.exists():
            raise WarehouseError(f"{path_text(path)} is a link to a file that does not exist.", USAGE)
        return [path]
    pattern = os.fspath(source)
    if glob.has_magic(pattern):
        matches = [Path(m) for m in glob.glob(pattern, recursive=True, include_hidden=True)]  # noqa: PTH207
        found = [*(m for m in matches if m.exists()), *_shut_folders(Path(pattern))]
        if found:
            return found
        raise NothingNamed(f"No file matches {pattern}: check the pattern.")
    if pattern == "-":
        raise NothingNamed("Standard input cannot be read again: write it to a file and ingest that.")
    raise NothingNamed(f"There is no file or folder {path_text(path)}: check the path.")


def _shut_folders(pattern: Path) -> Iterator[Path]:
    """Folders that a pattern leads into and that may not be looked into, which globbing passes over."""
    for part in (pattern, *pattern.parents):
        needed = os.X_OK | (os.R_OK if glob.has_magic(part.name) else 0)
        folders = glob.glob(f"{part.parent}/", recursive=True, include_hidden=True)  # noqa: PTH207
        yield from (Path(folder) for folder in folders if not os.access(folder, needed))


def _identity(path: Path) -> tuple[int, int]:
    info = path.stat()
    return info.st_dev, info.st_ino


def _walk(root: Path, left_out: tuple[int, int] | None) -> Iterator[Path]:
    """Regular files below a folder, and folders that may not be looked into.

    Links to folders are followed, each folder is entered once.
    """
    seen = {left_out} if left_out else set()
    pending = [_absolute(root)]
    while pending:
        folder = pending.pop()
        try:
            identity = _identity(folder)
            if identity in seen:
                continue
            seen.add(identity)
            entries = list(os.scandir(folder))
            if not os.access(folder, os.X_OK):  # its names can be listed, but nothing be known of them
                raise PermissionError
        except PermissionError:
            yield folder
            continue
        except FileNotFoundError:
            continue  # removed while we walk
        for entry in entries:
            try:
                mode = entry.stat().st_mode
            except OSError:
                continue  # a link to nothing or to itself, or a file that was just removed
            if stat.S_ISDIR(mode):
                pending.append(Path(entry.path))
            elif stat.S_ISREG(mode):
                yield Path(entry.path)


def _one_name_per_inode(paths: list[Path]) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    for path in paths:
        try:
            identity = _identity(path)
        except OSError:
            continue
        if identity not in seen:
            seen.add(identity)
            yield path
