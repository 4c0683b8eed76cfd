"""Which DuckDB files were published from a lake: they read its files, so vacuum asks them first."""

from __future__ import annotations

from pathlib import Path

from warehouse import _native
from warehouse.lake.json_files import read_json, write_json
from warehouse.stores.places import Place, files_below

_FOLDER = "_served"


def remember_served(lake: Place, warehouse: Path) -> None:
    """Note that a served file reads this lake. Call before it is published."""
    path = warehouse.absolute()
    name = f"{_native.xxh3_64(str(path).encode()) & (2**64 - 1):016x}.json"
    if not (lake / _FOLDER / name).exists():
        write_json(lake / _FOLDER / name, {"path": str(path)})


def served_files(lake: Place) -> list[Path]:
    """The noted files that are still there; others are forgotten."""
    found = []
    for note in files_below(lake / _FOLDER, ".json"):
        value = read_json(note) or {}
        path = Path(value.get("path", ""))
        if path.is_file():
            found.append(path)
        else:
            note.unlink(missing_ok=True)
    return found
