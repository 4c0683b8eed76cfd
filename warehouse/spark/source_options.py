"""Options of the `otlp` data source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.errors import USAGE, WarehouseError
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.schemas.model import Table
from warehouse.schemas.registry import FACT_TABLES, STAGED_TABLES, TABLES

READABLE = tuple(name.removesuffix("_landing") for name in (*FACT_TABLES, *STAGED_TABLES))
"""Values of the option `table`: what decoding fills; the landing tables go by the name of what they hold."""
DEFAULT_TABLE = "spans"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a user asked for. `progress` is the folder of a stream's ledger; limits are per micro-batch."""

    table: str
    sources: tuple[str, ...]
    progress: str | None
    max_files: int | None
    max_bytes: int | None
    max_decompressed: int

    @property
    def rows(self) -> Table:
        """The lake table that rows are read as."""
        return TABLES[self.table]


def source_options(given: Mapping[str, str]) -> SourceOptions:
    """Raises WarehouseError for a table that files do not hold, no path, or a limit that is no number."""
    name = given.get("table", DEFAULT_TABLE)
    landing = f"{name}_landing"
    table = landing if landing in TABLES else name
    if table not in (*FACT_TABLES, *STAGED_TABLES):
        known = ", ".join(READABLE)
        hint = (
            f'it is made after ingest, so read it from a lake: spark.read.format("delta").load("LAKE/{name}")'
            if name in TABLES
            else f"there are {known}"
        )
        raise WarehouseError(f"OTLP files hold no table {name}: {hint}.", USAGE)
    sources = json.loads(given["paths"]) if "paths" in given else [given["path"]] if "path" in given else []
    if not sources:
        raise WarehouseError('Name the files: spark.read.format("otlp").load("exports/").', USAGE)
    return SourceOptions(
        table,
        tuple(_local(s) for s in sources),
        given.get("progressLocation"),
        _number(given, "maxFilesPerTrigger"),
        _number(given, "maxBytesPerTrigger"),
        _number(given, "maxDecompressed") or DECOMPRESSED_LIMIT,
    )


def _local(source: str) -> str:
    """Paths as the rest of the warehouse writes them; Spark's users put a scheme before them."""
    for scheme in ("file://", "file:"):
        if source.startswith(scheme + "/"):
            return source.removeprefix(scheme)
    return source


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not text.isdigit() or int(text) == 0:
        raise WarehouseError(f"The option {name} is {text}: give a whole number above 0.", USAGE)
    return int(text)
