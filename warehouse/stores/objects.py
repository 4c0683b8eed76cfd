"""Objects of a bucket: listing, reading ranges of one version, writing, removing."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from warehouse.stores.connection import connect
from warehouse.stores.settings import endpoint_text

_ATTEMPTS = 5
"""Times that a range is asked for whose bytes broke off; the waits between them double from the first."""
_FIRST_WAIT_SECONDS = 0.2
_NO_BUCKET = ("NoSuchBucket", "The specified bucket does not exist", "ContainerNotFound")
_UNNAMEABLE = re.compile(r"(^|/)(\.{0,2})(/|$)|[\x00-\x1f\x7f]")
_Result = TypeVar("_Result")


class StoreError(OSError):
    """A store that refuses or cannot be reached. The text is one sentence that says what to do."""


class NoBucket(StoreError):
    """The bucket or container does not exist."""


class UnnameableKey(StoreError):
    """A key that the connection cannot name."""


class ObjectChanged(StoreError):
    """The object was written anew since it was listed."""


@dataclass(frozen=True, slots=True, order=True)
class StoredObject:
    """One version of an object. `etag` tells versions apart; empty when the store gives none."""

    root: str
    key: str
    size: int
    modified_unix_nano: int
    etag: str

    def __str__(self) -> str:
        return f"{self.root}/{self.key}"


def is_nameable(key: str) -> bool:
    """Whether the connection can name the key: it would take some for others."""
    return not _UNNAMEABLE.search(key)


def _check_nameable(root: str, key: str) -> None:
    if not is_nameable(key):
        raise UnnameableKey(
            f"{root}/{key} has an empty, `.` or `..` segment or a control character: rename the object"
        )


def listed(root: str, prefix: str = "") -> Iterator[StoredObject]:
    """All objects below a folder, page by page, in the order of the store; the folder itself is none."""
    import obstore

    with told(root, prefix):
        for page in obstore.list(connect(root), prefix or None, chunk_size=1000):
            for meta in page:
                yield _stored(root, meta)


def _stored(root: str, meta: Any) -> StoredObject:
    modified = int(meta["last_modified"].timestamp() * 1_000_000) * 1_000
    return StoredObject(root, meta["path"], meta["size"], modified, meta["e_tag"] or "")


def head(root: str, key: str) -> StoredObject | None:
    """The object's newest version; None when there is no such object."""
    import obstore

    _check_nameable(root, key)
    with told(root, key):
        try:
            return _stored(root, obstore.head(connect(root), key))
        except FileNotFoundError:
            return None


def read_range(root: str, key: str, start: int, end: int, etag: str) -> bytes:
    """Bytes start to end of the version `etag`, whichever is newest when it is empty.

    Raises FileNotFoundError when the object is gone, ObjectChanged when it holds another version, StoreError
    when the bytes cannot be had after some patience.
    """
    import obstore

    _check_nameable(root, key)

    def ask() -> bytes:
        options: Any = {"range": (start, end)} | ({"if_match": etag} if etag else {})
        data = bytes(obstore.get(connect(root), key, options=options).bytes())
        if len(data) != end - start:
            raise StoreError(f"{root}/{key} gave {len(data)} of {end - start} bytes")
        return data

    return _patiently(root, key, ask) if end > start else b""


def read_whole(root: str, key: str) -> bytes:
    """All bytes of the newest version. Raises as `read_range` does."""
    import obstore

    return _patiently(root, key, lambda: bytes(obstore.get(connect(root), key).bytes()))


def _patiently(root: str, key: str, ask: Callable[[], _Result]) -> _Result:
    """The connection itself sends refused requests again; here answers that broke off are asked for anew."""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
        try:
            with told(root, key):
                return ask()
        except (FileNotFoundError, ObjectChanged, NoBucket, PermissionError):
            raise
        except StoreError as error:
            failure = error
    raise StoreError(f"{failure}, {_ATTEMPTS} times in a row") from failure


class ObjectFile(io.RawIOBase):
    """One version of an object as a file, read at random.

    `window` bytes at least are fetched where reading goes on behind what was fetched: for readers that take
    small bites. Without it exactly what is asked for is fetched.
    """

    def __init__(self, found: StoredObject, *, window: int = 0) -> None:
        self._object, self._size, self._window = found, found.size, window
        self._position, self._start, self._held = 0, 0, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        begin = self._position - self._start
        if begin < 0 or begin + wanted > len(self._held):
            goes_on = self._held and begin == len(self._held)
            end = min(self._size, self._position + max(wanted, self._window if goes_on else 0))
            one = self._object
            self._held = read_range(one.root, one.key, self._position, end, one.etag)
            self._start, begin = self._position, 0
        self._position += wanted
        return self._held if begin == 0 and wanted == len(self._held) else self._held[begin : begin + wanted]

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read(-1)


@contextmanager
def told(root: str, key: str) -> Iterator[None]:
    """Turns the store's refusals into one sentence each: FileNotFoundError, PermissionError or StoreError."""
    from obstore import exceptions

    try:
        yield
    except exceptions.PreconditionError as error:
        raise ObjectChanged(f"{root}/{key} was written anew while it was read") from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
        raise PermissionError(
            f"{root}/{key} is denied: check the credentials and rights for {root}"
        ) from error
    except FileNotFoundError as error:
        raise FileNotFoundError(f"There is no {root}/{key}") from error
    except exceptions.InvalidPathError as error:
        raise UnnameableKey(
            f"{root} holds a key that cannot be read ({_reason(error)}): rename the object, or name the "
            "folders beside it"
        ) from error
    except (exceptions.BaseError, ValueError) as error:
        reason = _reason(error)
        if "403 Forbidden" in reason:  # listings tell it no better
            raise PermissionError(f"{root} is denied: check the credentials and rights for it") from error
        if any(code in reason for code in _NO_BUCKET):
            raise NoBucket(f"There is no {root} at {endpoint_text(root)}: check its name") from error
        raise StoreError(
            f"{root} at {endpoint_text(root)} cannot be reached or refuses ({reason})"
        ) from error


def _reason(error: BaseException) -> str:
    """What the library says, on one line and without the request."""
    told = " ".join(str(error).split("Debug source")[0].split())
    return re.sub(r"^Generic \w+ error: |Error performing .*? - (Server returned )?", "", told)[:300]
