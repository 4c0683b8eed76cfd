"""Places in object stores, used like paths: `s3://bucket/key`, `gs://…`, `abfss://container@account/…`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias, cast

from warehouse.errors import USAGE, WarehouseError
from warehouse.stores import objects

SCHEMES = ("s3://", "gs://", "abfss://")


@dataclass(frozen=True, slots=True, order=True)
class StorePath:
    """A place in a bucket or container. Whatever is not an object has no existence of its own.

    `root` is the URL of the bucket without a slash at its end, `key` the object's name as the store has it:
    nothing is encoded, so spaces, `%` and `#` stand for themselves. Methods are those of pathlib.Path that
    object stores can keep; all of them raise OSError when the store refuses or cannot be reached.
    """

    root: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.root}/{self.key}" if self.key else self.root

    def __truediv__(self, name: str) -> StorePath:
        return StorePath(self.root, f"{self.key}/{name}" if self.key else name)

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> StorePath:
        return StorePath(self.root, self.key.rpartition("/")[0])

    def as_posix(self) -> str:
        return str(self)

    def absolute(self) -> StorePath:
        return self

    def resolve(self) -> StorePath:
        return self

    def mkdir(self, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Nothing: folders appear with the first object in them."""

    def exists(self) -> bool:
        return self.is_file() or self.is_dir()

    def is_file(self) -> bool:
        return objects.head(self.root, self.key) is not None if self.key else False

    def is_dir(self) -> bool:
        return next(objects.listed(self.root, self.key), None) is not None

    def size(self) -> int:
        """Bytes of the object. Raises FileNotFoundError when there is none."""
        return self._found().size

    def _found(self) -> objects.StoredObject:
        found = objects.head(self.root, self.key)
        if found is None:
            raise FileNotFoundError(f"There is no object {self}")
        return found

    def iterdir(self) -> Iterator[StorePath]:
        """Objects and folders right below, in no order."""
        return (StorePath(self.root, key) for key in objects.children(self.root, self.key))

    def open(self, mode: str = "rb") -> IO[bytes]:
        """`rb`: bytes at random; `wb`: whole at the end, never when an error leaves the block."""
        if mode == "wb":
            return objects.open_writer(self.root, self.key)
        return cast(IO[bytes], objects.ObjectFile(self._found()))

    def read_bytes(self) -> bytes:
        return objects.read(self.root, self.key)

    def read_text(self, encoding: str = "utf-8") -> str:
        return self.read_bytes().decode(encoding)

    def write_bytes(self, data: bytes) -> None:
        objects.write(self.root, self.key, data)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object; stores do not say whether it was there."""
        objects.delete(self.root, [self.key])


Location: TypeAlias = Path | StorePath
"""A place on a file system or in an object store."""


def is_store_url(text: str) -> bool:
    return text.startswith(SCHEMES)


def location(text: str | Location) -> Location:
    """The place that a text names: an object store's by its URL, else a path.

    Raises WarehouseError when the URL names no bucket or container.
    """
    if not isinstance(text, str):
        return text
    if not is_store_url(text):
        return Path(text)
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if not bucket or (scheme == "abfss" and "@" not in bucket):
        raise WarehouseError(
            f"{text} names no bucket: write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or "
            "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX.",
            USAGE,
        )
    return StorePath(f"{scheme}://{bucket}", key.strip("/"))


def remove_tree(place: Location) -> None:
    """Remove a folder and all it holds; what cannot be removed stays."""
    if isinstance(place, StorePath):
        objects.delete(place.root, [found.key for found in objects.listed(place.root, place.key)])
    else:
        import shutil

        shutil.rmtree(place, ignore_errors=True)
