"""The first commits of a table's Delta log, as the Delta library writes them: empty, then its first files."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from warehouse.schemas.delta import TYPE_NAMES
from warehouse.schemas.model import Table
from warehouse.schemas.parquet import PartFile

_LOG, _FIRST, _SECOND = "_delta_log", f"{0:020}.json", f"{1:020}.json"
_PROTOCOL = {"minReaderVersion": 1, "minWriterVersion": 2}
Action = dict[str, Any]


def write_first_commit(folder: Path, table: Table) -> None:
    """Make the folder an empty Delta table, unless another process does so meanwhile.

    The library takes 2 ms of processor a table, a third of what ingesting a small file into a new lake costs.
    """
    (folder / _LOG).mkdir(parents=True, exist_ok=True)
    _write(folder, _FIRST, _creation(table))


def write_first_files(
    folder: Path, table: Table, parts: Iterable[PartFile], run: tuple[str, int], noted: Mapping[str, Any]
) -> bool:
    """Add files to a table that holds its first commit alone; `noted` goes into the commit's own entry.

    `run` is the Delta application with the number of its run. False when nothing was written: the first
    commit is not as ours, so that writers may have to mind more than we do, or another process was first.
    """
    first = _first(folder)
    if first.get("protocol") != _PROTOCOL or first.get("metaData", {}).get("configuration") != {}:
        return False
    app, number = run
    partition = json.dumps([table.partition] if table.partition else [])
    how = {"operation": "WRITE", "operationParameters": {"mode": "Append", "partitionBy": partition}}
    actions: list[Action] = [{"commitInfo": {"timestamp": _now(), **how, **noted}}]
    actions += ({"add": _added(part)} for part in parts)
    return _write(folder, _SECOND, [*actions, {"txn": {"appId": app, "version": number}}])


def began_with(folder: Path, table: Table) -> bool:
    """Whether the table's first commit has all its columns; False as well when it is not kept any more."""
    schema = json.loads(_first(folder).get("metaData", {}).get("schemaString", '{"fields": []}'))
    return {c.name for c in table.columns} <= {field["name"] for field in schema["fields"]}


def _first(folder: Path) -> Action:
    """Actions of the first commit by their kind; none when it is not kept any more, or damaged."""
    try:
        lines = (folder / _LOG / _FIRST).read_text("utf-8").splitlines()
        return {kind: action for line in lines for kind, action in json.loads(line).items()}
    except (OSError, ValueError):
        return {}


def _write(folder: Path, name: str, actions: Iterable[Action]) -> bool:
    """Write a commit unless it is there. As the library does, by a link: it is there whole or not at all."""
    draft = folder / _LOG / f".{uuid.uuid4().hex}.tmp"
    try:
        draft.write_text("".join(json.dumps(action) + "\n" for action in actions), encoding="utf-8")
        os.link(draft, folder / _LOG / name)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _added(part: PartFile) -> Action:
    return {
        "path": quote(part.path, safe="/="),
        "partitionValues": part.partition,
        "size": part.size,
        "modificationTime": part.modified_ms,
        "dataChange": True,
        "stats": part.stats,
    }


def _now() -> int:
    return time.time_ns() // 1_000_000


def _creation(table: Table) -> list[Action]:
    now = _now()
    return [
        {"commitInfo": {"timestamp": now, "operation": "CREATE TABLE", "operationParameters": {}}},
        {"protocol": _PROTOCOL},
        {
            "metaData": {
                "id": str(uuid.uuid4()),
                "name": table.name,
                "description": table.grain,
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps({"type": "struct", "fields": _fields(table)}),
                "partitionColumns": [table.partition] if table.partition else [],
                "createdTime": now,
                "configuration": {},
            }
        },
    ]


def _fields(table: Table) -> list[dict[str, Any]]:
    return [
        {"name": c.name, "type": TYPE_NAMES[c.type], "nullable": c.nullable, "metadata": {"comment": c.doc}}
        for c in table.columns
    ]
