"""Files of the lake that served warehouses read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.lake.served_files import served_files
from warehouse.stores.places import Place


def pinned_files(lake: Place, more: Iterable[Path] = ()) -> set[str]:
    """Paths, `<table>/<path>`, that the files published from the lake read, and `more` served files.

    Raises WarehouseError when one of them cannot be asked: what it reads is unknown then.
    """
    found: set[str] = set()
    for warehouse in {*served_files(lake), *(m.absolute() for m in more if m.is_file())}:
        found |= _pinned_by(warehouse)
    return found


def _pinned_by(warehouse: Path) -> set[str]:
    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            rows = con.sql("select path from lake.lake_files").fetchall()
    except duckdb.Error as error:
        raise WarehouseError(
            f"{warehouse} cannot be asked which files of the lake it reads ({str(error).splitlines()[0]}): "
            "build it again or remove it, then run vacuum."
        ) from error
    return {path.removeprefix("/") for (path,) in rows}
