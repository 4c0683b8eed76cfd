"""What a served file is made from, by which a build knows that it would change nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deltalake import DeltaTable

import warehouse
from warehouse.schemas.promoted import declared
from warehouse.serve.own_thresholds import own_thresholds
from warehouse.serve.project import project_dir
from warehouse.stores.places import Place, address

_LIBRARIES = ("dbt-core", "dbt-duckdb", "duckdb", "great_expectations")


def made_from(lake: Place, tables: Mapping[str, DeltaTable]) -> str:
    """A hash of all that decides what a build of a lake at these versions of its tables makes and checks.

    Beside the lake these are the attributes it declares, this program, models, suites, what runs them, and
    the user's thresholds.
    """
    digest = hashlib.sha256()
    versions = sorted((name, table.metadata().id, table.version()) for name, table in tables.items())
    for part in (address(lake), versions, declared(), *map(version, _LIBRARIES)):
        digest.update(repr(part).encode())
    own = own_thresholds()
    for file in [*_program(), *([own] if own and own.is_file() else [])]:
        digest.update(repr((str(file), file.stat().st_size)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _program() -> list[Path]:
    suites = find_spec("data_quality")
    assert suites is not None and suites.origin is not None
    folders = (Path(warehouse.__file__).parent, Path(suites.origin).parent, project_dir())
    files = {file for folder in folders for file in folder.rglob("*")}
    return sorted(file for file in files if file.is_file() and file.parent.name != "__pycache__")
