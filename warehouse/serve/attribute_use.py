"""Which attribute keys queries ask for, read from their syntax trees."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb

_LOOK_UPS = ("array_extract", "element_at", "map_extract", "map_extract_value", "map_contains")


def attribute_uses(con: duckdb.DuckDBPyConnection, queries: Iterable[str]) -> Counter[str]:
    """By key, how many queries look it up in a map of attributes: `attributes['user.id']`, `attr('user.id')`.

    Text that DuckDB cannot parse, and statements other than selects, count nowhere.
    """
    uses: Counter[str] = Counter()
    for query in queries:
        (tree,) = con.execute("select json_serialize_sql(?::varchar)", [query]).fetchone() or ("{}",)
        uses.update(set(_keys(json.loads(tree))))
    return uses


def _keys(node: Any) -> Iterator[str]:
    """Keys that are looked up in a node of the tree or below it."""
    if isinstance(node, dict):
        name = str(node.get("function_name") or node.get("type")).lower()
        arguments = node.get("children") or []
        if name == "attr" and arguments:
            yield from _text(arguments[0])
        elif name in _LOOK_UPS and len(arguments) == 2 and _is_attributes(arguments[0]):
            yield from _text(arguments[1])
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _keys(child)


def _is_attributes(node: dict[str, Any]) -> bool:
    return bool(node.get("column_names")) and str(node["column_names"][-1]).lower().endswith("attributes")


def _text(node: dict[str, Any]) -> Iterator[str]:
    value = (node.get("value") or {}).get("value")
    if isinstance(value, str):
        yield value
