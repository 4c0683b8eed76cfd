"""Objects of a bucket written and removed: at will, or only where nobody else wrote meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warehouse.stores.connection import connect
from warehouse.stores.objects import StoreError, told

Version = dict[str, str]
"""What a store calls one version of an object: its ETag, and its generation where there is one."""
_REMOVED_AT_ONCE = 1000


def write(root: str, key: str, data: bytes) -> None:
    """Write an object, whole or not at all."""
    import obstore

    with told(root, key):
        obstore.put(connect(root), key, data)


def upload(root: str, key: str, file: Path) -> None:
    """Write an object from a file of any size in bounded memory, whole or not at all."""
    import obstore

    with told(root, key):
        obstore.put(connect(root), key, file)


def write_new(root: str, key: str, data: bytes) -> Version | None:
    """Write an object that does not exist; None, and nothing written, when it does."""
    return _write_if(root, key, data, "create")


def overwrite(root: str, key: str, data: bytes, version: Version) -> Version | None:
    """Write an object anew that is still of this version; None, and nothing written, when it is not."""
    return _write_if(root, key, data, version)


def _write_if(root: str, key: str, data: bytes, mode: Any) -> Version | None:
    import obstore
    from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

    with told(root, key):
        try:
            done = obstore.put(connect(root), key, data, mode=mode, use_multipart=False)
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            return None
        except NotSupportedError as error:
            raise StoreError(f"{root} takes no conditional writes, which a lake needs") from error
    return _version(done)


def _version(told_of: Any) -> Version:
    return {name: told_of[name] for name in ("e_tag", "version") if told_of[name] is not None}


def read_version(root: str, key: str) -> tuple[bytes, Version] | None:
    """An object's bytes with its version; None when there is no such object."""
    import obstore

    with told(root, key):
        try:
            found = obstore.get(connect(root), key)
            version = _version(found.meta)
            return bytes(found.bytes()), version
        except FileNotFoundError:
            return None


def remove(root: str, keys: list[str]) -> None:
    """Remove objects; those that are gone already do not matter."""
    import obstore

    for begin in range(0, len(keys), _REMOVED_AT_ONCE):
        with told(root, keys[begin]):
            try:
                obstore.delete(connect(root), keys[begin : begin + _REMOVED_AT_ONCE])
            except FileNotFoundError:
                continue


def rename(root: str, key: str, new_key: str) -> None:
    """Give an object another name, over what has it now."""
    import obstore

    with told(root, key):
        obstore.rename(connect(root), key, new_key)


def folders(root: str, prefix: str) -> Iterator[str]:
    """Names of the folders directly below a folder."""
    import obstore

    with told(root, prefix):
        found = obstore.list_with_delimiter(connect(root), prefix or None)
    yield from (path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"])
