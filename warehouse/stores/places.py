"""Places of a lake, on a disk or in an object store: what both can do, under the names of `pathlib`."""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar, cast
from urllib.parse import quote

from warehouse.errors import USAGE, WarehouseError
from warehouse.stores import objects, writing
from warehouse.stores.connection import delta_options
from warehouse.stores.objects import ObjectFile, StoredObject
from warehouse.stores.paths import SCHEMES, StorePath, is_store_url, store_path

_REQUESTS_AT_ONCE = 16
_MISTAKEN = re.compile("[#?]|%[0-9A-Fa-f]{2}")
_SMALL_BYTES = 1024 * 1024
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Place(Protocol):
    """A file or folder. A `pathlib.Path` is one, a `StorePlace` another; functions of a lake take either."""

    @property
    def name(self) -> str: ...
    @property
    def parent(self) -> Place: ...
    def __truediv__(self, below: str, /) -> Place: ...
    def absolute(self) -> Place: ...
    def exists(self) -> bool: ...
    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...
    def write_bytes(self, data: bytes, /) -> int: ...
    def unlink(self, missing_ok: bool = False) -> None: ...
    def replace(self, target: Any, /) -> Any: ...
    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class StorePlace(StorePath):
    """An object, or all objects below a prefix. Failures are OSErrors whose text is a sentence."""

    def __str__(self) -> str:
        return f"{self.root}/{self.key}" if self.key else self.root

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> StorePlace:
        return StorePlace(self.root, self.key.rpartition("/")[0])

    def __truediv__(self, below: str, /) -> StorePlace:
        return StorePlace(self.root, f"{self.key}/{below}".strip("/"))

    def absolute(self) -> StorePlace:
        return self

    def exists(self) -> bool:
        """Whether there is such an object, or one below it."""
        return self.is_file() or next(objects.listed(self.root, self.key), None) is not None

    def is_file(self) -> bool:
        return bool(self.key) and objects.head(self.root, self.key) is not None

    def read_bytes(self) -> bytes:
        return objects.read_whole(self.root, self.key)

    def write_bytes(self, data: bytes, /) -> int:
        writing.write(self.root, self.key, data)
        return len(data)

    def unlink(self, missing_ok: bool = False) -> None:
        writing.remove(self.root, [self.key])

    def replace(self, target: StorePlace, /) -> StorePlace:
        """Move the object within its bucket; whole or not at all, though both names may be seen meanwhile."""
        writing.rename(self.root, self.key, target.key)
        return target

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Stores have no folders: nothing needs to be made."""


def place(named: str | Place) -> Place:
    """The place that a path or URL names. Raises WarehouseError when it is empty or a URL without bucket."""
    if named == "":
        raise WarehouseError("The path of the lake is empty: name a folder or a URL.", USAGE)
    if not isinstance(named, str):
        if isinstance(named, Path) and named.parts[:1] and f"{named.parts[0]}//" in SCHEMES:
            raise WarehouseError(
                f"{named} was an object store's URL before it became a path: give the URL as text.", USAGE
            )
        return named
    if not is_store_url(named):
        return Path(named)
    found = store_path(named)
    return StorePlace(found.root, found.key)


def delta_address(table: Place) -> tuple[str | Path, dict[str, str] | None]:
    """What the Delta library takes for a table: its address and the options of its store."""
    if _MISTAKEN.search(address(table)):
        raise WarehouseError(
            f"The lake cannot lie at {table.parent}: the Delta library takes #, ? and percent signs before "
            "two hexadecimal digits for those of a URL. Choose another path.",
            USAGE,
        )
    if isinstance(table, StorePlace):
        return f"{table.root}/{quote(table.key)}", delta_options(table.root)
    assert isinstance(table, Path)
    return table, None


def is_below(found: StorePath | StoredObject, folder: Place | None) -> bool:
    """Whether an object lies in a folder of a store."""
    return (
        isinstance(folder, StorePlace)
        and found.root == folder.root
        and f"{found.key}/".startswith(f"{folder.key}/" if folder.key else "")
    )


def address(folder: Place) -> str:
    """The folder by its whole path or URL, without links: equal for equal folders."""
    return os.path.realpath(folder) if isinstance(folder, Path) else str(folder)


def size_of(file: Place) -> int | None:
    """Bytes of a file; None when there is none."""
    if isinstance(file, StorePlace):
        found = objects.head(file.root, file.key)
        return found.size if found else None
    assert isinstance(file, Path)
    return file.stat().st_size if file.is_file() else None


def readable(file: Place) -> Path | BinaryIO:
    """What Arrow reads a file from. Small objects are fetched whole, of others the ranges that are asked for.

    Raises FileNotFoundError when there is no such object.
    """
    if isinstance(file, StorePlace):
        found = objects.head(file.root, file.key)
        if found is None:
            raise FileNotFoundError(f"There is no {file}")
        if found.size > _SMALL_BYTES:
            return cast(BinaryIO, ObjectFile(found))
        return io.BytesIO(objects.read_range(found.root, found.key, 0, found.size, found.etag))
    assert isinstance(file, Path)
    return file


def write_whole(file: Place, data: bytes) -> None:
    """Write a file whole or not at all, and onto the disk before anything relies on it."""
    if not isinstance(file, Path):
        file.write_bytes(data)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    # Two attempts of one Spark task may write the same file at a time.
    draft = file.with_suffix(f".{uuid.uuid4().hex}.draft")
    try:
        with draft.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def remove_folder(folder: Place) -> None:
    """Remove all that lies below; what is gone already does not matter."""
    if isinstance(folder, StorePlace):
        writing.remove(folder.root, [o.key for o in objects.listed(folder.root, folder.key)])
    elif isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)


def folder_names(folder: Place) -> list[str]:
    """Names of the folders directly below."""
    if isinstance(folder, StorePlace):
        return list(writing.folders(folder.root, folder.key))
    assert isinstance(folder, Path)
    return [path.name for path in folder.glob("*") if path.is_dir()]


def files_below(folder: Place, suffix: str) -> Sequence[Place]:
    """All files below a folder whose name ends so, in order of their path."""
    if isinstance(folder, StorePlace):
        keys = [o.key for o in objects.listed(folder.root, folder.key)]
        return [StorePlace(folder.root, key) for key in sorted(keys) if key.endswith(suffix)]
    assert isinstance(folder, Path)
    return sorted(path for path in folder.rglob(f"*{suffix}") if path.is_file())


def sizes_below(folder: Place) -> dict[str, int]:
    """Bytes of all files below a folder by their path below it. A request to a store tells of a thousand."""
    if isinstance(folder, StorePlace):
        found = objects.listed(folder.root, folder.key)
        return {o.key.removeprefix(f"{folder.key}/"): o.size for o in found}
    assert isinstance(folder, Path)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def draft_for(file: Place) -> Path:
    """Where a large file is written before `deliver` brings it to its place: there already, on a disk."""
    if isinstance(file, Path):
        file.parent.mkdir(parents=True, exist_ok=True)
        return file
    number, draft = tempfile.mkstemp(prefix="otlp-warehouse-", suffix=f"-{file.name}")
    os.close(number)
    return Path(draft)


def deliver(draft: Path, file: Place) -> None:
    """Bring a file that was written to its place, in bounded memory."""
    if isinstance(file, StorePlace):
        try:
            writing.upload(file.root, file.key, draft)
        finally:
            draft.unlink()


class Scratch:
    """A folder on this disk for files that are read in place, beside the folder that they belong to.

    That of a folder in a store is temporary, goes with this object, and is not seen by other machines
    (`is_beside` is False).
    """

    def __init__(self, folder: Place) -> None:
        self.is_beside = isinstance(folder, Path)
        if isinstance(folder, Path):
            self.folder = folder
        else:
            self._temporary = tempfile.TemporaryDirectory(prefix="otlp-warehouse-")
            self.folder = Path(self._temporary.name)


def spread(lake: Place, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Results of the work on each item, in order. Requests to a store overlap."""
    if isinstance(lake, Path):
        return [work(item) for item in items]
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return list(pool.map(work, items))
