"""Places in object stores: `s3://bucket/key`, `gs://bucket/key`, `abfss://container@account/key`."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.errors import USAGE, WarehouseError

SCHEMES = ("s3://", "gs://", "abfss://")


@dataclass(frozen=True, slots=True)
class StorePath:
    """A place in a bucket or container; not everything that has a name is an object.

    `root` is the URL of the bucket without a slash at its end, `key` the object's name as the store has it:
    nothing is encoded, so spaces, `%` and `#` stand for themselves.
    """

    root: str
    key: str


def is_store_url(text: str) -> bool:
    return text.startswith(SCHEMES)


def store_path(url: str) -> StorePath:
    """The place that a URL names. Raises WarehouseError when it names no bucket or container."""
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if not bucket or (scheme == "abfss" and "@" not in bucket):
        raise WarehouseError(
            f"{url} names no bucket: write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or "
            "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX.",
            USAGE,
        )
    return StorePath(f"{scheme}://{bucket}", key.strip("/"))
