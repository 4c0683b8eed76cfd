"""What `doctor` looks at."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from deltalake.exceptions import DeltaError

from warehouse.errors import WarehouseError
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place

_DISTRIBUTION = "otlp-warehouse"
_LEAST_PYTHON = (3, 11)
_LEAST_DISK_BYTES = 1_000_000_000
_NAMED = 3
"""Damaged files of a table that are named."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One examined subject; `detail` says what was found or what to do."""

    subject: str
    state: Literal["ok", "warning", "broken"]
    detail: str


def examine(lake: Place, warehouse: Path) -> list[Finding]:
    """All findings, in an order that puts causes before their effects."""
    return [_python(), *_packages(), _native(), _disk(lake), *_lake(lake), _served(warehouse)]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _LEAST_PYTHON:
        return Finding("python", "broken", f"{found}: 3.11 or newer is needed")
    return Finding("python", "ok", found)


def _packages() -> Iterator[Finding]:
    try:
        pinned = requires(_DISTRIBUTION) or []
    except PackageNotFoundError:
        yield Finding("packages", "warning", f"{_DISTRIBUTION} is not installed: run `make setup`")
        return
    for requirement in pinned:
        match = re.fullmatch(r"([\w.-]+)==([\w.]+)", requirement)
        if not match:
            continue  # belongs to an extra
        name, wanted = match.groups()
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding(name, "broken", f"missing: install {requirement}")
            continue
        state: Literal["ok", "warning"] = "ok" if found == wanted else "warning"
        yield Finding(name, state, found if state == "ok" else f"{found}: tested with {wanted}")


def _native() -> Finding:
    try:
        module = import_module("warehouse._native")
    except ImportError as error:
        return Finding("native module", "broken", f"{error}: run `make setup` or install the wheel again")
    return Finding("native module", "ok", Path(str(module.__file__)).name)


def _disk(lake: Place) -> Finding:
    if not isinstance(lake, Path):
        lake = Path.cwd()  # the served file and what is being built lie on this disk
    folder = lake.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:.1f} GB free at {folder}"
    return Finding("disk", "ok" if free >= _LEAST_DISK_BYTES else "warning", detail)


def _lake(lake: Place) -> Iterator[Finding]:
    from warehouse.lake.failures import with_causes
    from warehouse.lake.features import breaking_features, is_append_only
    from warehouse.lake.snapshot import snapshot
    from warehouse.lake.tables import damaged_files, open_table

    try:
        is_there = lake.exists()
    except (WarehouseError, OSError) as error:
        yield Finding("lake", "broken", f"{lake} cannot be read: {error}")
        return
    if not is_there:
        yield Finding("lake", "warning", f"{lake} does not exist yet: run `otlp-warehouse ingest SRC`")
        return
    try:
        tables = snapshot(lake)
    except WarehouseError as error:
        yield Finding("lake", "broken", error.message)
        return
    except (DeltaError, OSError) as error:
        yield Finding("lake", "broken", f"{lake} cannot be read: {with_causes(error)}")
        return
    yield Finding("lake", "ok", f"{len(tables)} tables at {lake}")
    for name in TABLES:
        if damaged := damaged_files(lake, name, tables[name]):
            yield Finding(
                f"files of {name}",
                "broken",
                f"{len(damaged)} missing or not as long as they were written, restore them from a copy: "
                + ", ".join(damaged[:_NAMED])
                + (", …" if len(damaged) > _NAMED else ""),
            )
        table = open_table(lake, name)
        if features := breaking_features(table):
            named = ", ".join(features)
            yield Finding(f"table {name}", "broken", f"uses {named}, which DuckDB or delta-rs cannot read")
        if is_append_only(table):
            cure = f"`alter table delta.`{lake / name}` unset tblproperties ('delta.appendOnly')`"
            yield Finding(
                f"table {name}", "broken", f"is append-only, so rows cannot be replaced: {cure} in Spark"
            )


def _served(warehouse: Path) -> Finding:
    from warehouse.serve.served_file import connect

    if not warehouse.exists():
        return Finding(
            "served file", "warning", f"{warehouse} does not exist yet: run `otlp-warehouse build`"
        )
    try:
        row = connect(warehouse).execute("select count(*) from duckdb_tables()").fetchone()
    except WarehouseError as error:
        return Finding("served file", "broken", error.message)
    return Finding("served file", "ok", f"{row[0] if row else 0} tables in {warehouse}")
