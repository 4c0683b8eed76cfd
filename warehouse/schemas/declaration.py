"""Attributes that the owner of a lake promotes, declared in a file that lies in the lake.

The declaration has the form of `promoted.toml`. It is read once per process, with the registry: whoever opens
a lake adopts its declaration first, and child processes inherit it through the environment.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.stores.places import Place, address, write_whole

DECLARATION = "otlp-warehouse-promoted.toml"
VARIABLE = "OTLP_WAREHOUSE_PROMOTED"
"""Environment variable: place of the declaration that the registry extends the promoted attributes by."""
DECLARABLE = ("spans", "span_events", "log_records")
"""Lake tables that can carry declared attributes."""
TYPES = ("string", "int", "double", "boolean")
COLUMN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_HEAD = """\
# Attributes of this lake that are columns of their own, beside those that every lake has; `otlp-warehouse
# advise --write` adds to them. An entry must stay as long as the lake: values lie in its column, not in the
# map.
"""


def adopt(lake: Place) -> Place:
    """Have this process know the declaration of a lake, before it imports the registry. Returns the lake.

    Raises OSError when the lake's store cannot be reached.
    """
    if VARIABLE not in os.environ and (lake / DECLARATION).is_file():
        os.environ[VARIABLE] = address(lake / DECLARATION)
    return lake


def read_declaration(file: Place) -> list[dict[str, Any]]:
    """The declared attributes: key, type, aliases, tables. Empty when there is no file.

    Raises WarehouseError when the file says what cannot be.
    """
    try:
        found = tomllib.loads(file.read_bytes().decode()).get("attribute", [])
    except FileNotFoundError:
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WarehouseError(f"{file} is not valid TOML ({error}): correct it.") from error
    for entry in found:
        _check(file, entry)
    return [{"aliases": [], "tables": ["spans"]} | entry for entry in found]


def _check(file: Place, entry: dict[str, Any]) -> None:
    key = entry.get("key")
    if not isinstance(key, str) or not COLUMN_NAME.fullmatch(key.replace(".", "_")):
        raise WarehouseError(f"{file}: {key!r} is no attribute key that can name a column: remove it.")
    if entry.get("type") not in TYPES:
        raise WarehouseError(f"{file}: the type of {key} must be one of {', '.join(TYPES)}.")
    if not set(entry.get("tables", ())) <= set(DECLARABLE):
        raise WarehouseError(f"{file}: the tables of {key} must be among {', '.join(DECLARABLE)}.")
    if entry.get("lookup", False) not in (False, "spans" in entry.get("tables", ("spans",))):
        raise WarehouseError(
            f"{file}: lookup of {key} must be true or false, and true only in the table spans."
        )


def write_declaration(file: Place, entries: Iterable[dict[str, Any]]) -> None:
    """Write a declaration, whole or not at all."""
    blocks = (
        "\n[[attribute]]\n"
        + "".join(f"{name} = {json.dumps(value)}\n" for name, value in entry.items() if value)
        for entry in entries
    )
    write_whole(file, (_HEAD + "".join(blocks)).encode())
