"""Listing folders that hold keys which the connection cannot name, through DuckDB's own client of S3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

from warehouse.stores import objects
from warehouse.stores.duckdb_access import connect
from warehouse.stores.objects import StoredObject, StoreError

_REQUESTS_AT_ONCE = 32
_SOME_BYTES = 1
"""Size of an object whose size is not known."""


def listed(root: str, folder: str) -> Iterator[StoredObject]:
    """All objects below a folder of S3. Of those that the connection cannot name only the key is known.

    Raises StoreError.
    """
    import duckdb

    pattern = f"{root}/{_literal(folder)}{'/' if folder else ''}**"
    try:
        with closing(connect(root)) as con:
            found = con.execute("select file from glob(?)", [pattern]).fetchall()
    except duckdb.Error as error:
        raise StoreError(f"{root} cannot be listed ({str(error).splitlines()[0]})") from error
    keys = [str(url).removeprefix(f"{root}/") for (url,) in found]
    for key in keys:
        if not objects.is_nameable(key):
            yield StoredObject(root, key, _SOME_BYTES, 0, "")
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        named = pool.map(partial(objects.head, root), filter(objects.is_nameable, keys))
        yield from filter(None, named)


def _literal(key: str) -> str:
    """The key as a pattern that matches it alone."""
    return re.sub(r"[*?\[]", r"[\g<0>]", key)
