"""Which objects a source URL names: one object, all below a folder, or those that match a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator

from warehouse.errors import COULD_NOT_RUN, NothingNamed, WarehouseError
from warehouse.stores import objects, odd_keys
from warehouse.stores.duckdb_access import has_own_client
from warehouse.stores.objects import StoredObject, UnnameableKey
from warehouse.stores.paths import StorePath, store_path

_MAGIC = re.compile(r"[*?\[]")


def find_objects(url: str) -> list[StoredObject]:
    """All objects that the URL names but empty ones that stand for folders.

    A key that holds `*`, `?` or `[` is a pattern when there is no such object: `*` and `?` stay within a
    folder, `**/` stands for any folders. Raises WarehouseError when the URL names nothing, or the store
    refuses or cannot be reached.
    """
    try:
        found = _found(store_path(url))
    except OSError as error:
        raise WarehouseError(f"{error}.", COULD_NOT_RUN) from error
    if not found:
        raise NothingNamed(f"There is no object {url} and none below it: check the URL.")
    return found


def _found(place: StorePath) -> list[StoredObject]:
    if place.key and (one := objects.head(place.root, place.key)):
        return [one]
    magic = _MAGIC.search(place.key)
    folder = place.key[: magic.start()].rpartition("/")[0] if magic else place.key
    below = _without_markers(_listed(place.root, folder))
    if not magic:
        return list(below)
    matches = re.compile(_expression(place.key), re.DOTALL).fullmatch
    return [o for o in below if matches(o.key)]


def _listed(root: str, folder: str) -> Iterator[StoredObject]:
    try:
        return iter(list(objects.listed(root, folder)))
    except UnnameableKey:
        if not has_own_client(root):
            raise
        return odd_keys.listed(root, folder)


def _without_markers(found: Iterator[StoredObject]) -> Iterator[StoredObject]:
    """Consoles of stores create empty objects whose key ends like a folder's; the listing drops the slash."""
    seen = list(found)
    folders = {o.key.rpartition("/")[0] for o in seen}
    return (o for o in seen if o.size or o.key not in folders)


def _expression(pattern: str) -> str:
    """The pattern as a regular expression over whole keys."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\])", pattern)
    spelled = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        spelled.get(part) or (f"[{_negated(part[1:-1])}]" if number % 2 else re.escape(part))
        for number, part in enumerate(parts)
    )


def _negated(members: str) -> str:
    escaped = members.replace("\\", "\\\\").replace("]", "\\]")
    return "^" + escaped[1:] if members.startswith("!") else escaped.replace("^", "\\^", 1)
