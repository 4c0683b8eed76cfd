"""Small JSON files of the lake that outlive a crash."""

from __future__ import annotations

import json
from typing import Any

from warehouse.stores.places import Place, write_whole


def write_json(file: Place, value: dict[str, Any]) -> None:
    """Write whole or not at all, and onto the disk before anything relies on it."""
    write_whole(file, json.dumps(value).encode())  # json.dump would encode in Python, not in C


def read_json(file: Place) -> dict[str, Any] | None:
    """The file's object, None when there is no such file."""
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return None
    value: dict[str, Any] = json.loads(text)
    return value
