"""Objects of a store as files of an fsspec file system, for readers that take one: DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fsspec import AbstractFileSystem

from warehouse.stores import objects
from warehouse.stores.objects import ObjectFile
from warehouse.stores.paths import store_path

_WINDOW_BYTES = 1024 * 1024


class StoreFiles(AbstractFileSystem):  # type: ignore[misc]
    """Reads objects of one scheme by their whole URL. Nothing can be written."""

    cachable = False

    def __init__(self, scheme: str) -> None:
        super().__init__()
        self.protocol = scheme

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def glob(self, path: str, maxdepth: int | None = None, **options: Any) -> list[str]:
        """The path itself: lakes name each of their files."""
        return [path]

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        found = _found(path)
        return {
            "name": path,
            "size": found.size,
            "type": "file",
            "mtime": found.modified_unix_nano / 1e9,
        }

    def exists(self, path: str, **options: Any) -> bool:
        place = store_path(path)
        return objects.head(place.root, place.key) is not None

    def modified(self, path: str) -> datetime:
        return datetime.fromtimestamp(_found(path).modified_unix_nano / 1e9, UTC)

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,
        cache_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> ObjectFile:
        return ObjectFile(_found(path), window=_WINDOW_BYTES)


def _found(path: str) -> objects.StoredObject:
    place = store_path(path)
    found = objects.head(place.root, place.key)
    if found is None:
        raise FileNotFoundError(f"There is no {path}")
    return found
