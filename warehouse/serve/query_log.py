"""The queries that were asked of a served file: their text, in a small log beside it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_LIMIT = 1_000_000
"""Bytes above which the older half of the log is dropped."""


def log_file(warehouse: Path) -> Path:
    """Where the queries of this served file are kept."""
    return warehouse.with_name(f".{warehouse.name}.queries.jsonl")


def record(warehouse: Path, query: str) -> None:
    """Append the text of a query, with the time, and nothing of its answer; or nothing, if that cannot be."""
    file = log_file(warehouse)
    line = json.dumps({"asked_at": datetime.now(UTC).isoformat(timespec="seconds"), "query": query})
    with suppress(OSError):
        with file.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        if file.stat().st_size > _LIMIT:
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            shortened = file.with_name(f"{file.name}.part")
            shortened.write_text("".join(lines[len(lines) // 2 :]), encoding="utf-8")
            shortened.replace(file)


def recorded(warehouse: Path) -> list[str]:
    """The recorded queries, oldest first; lines that a killed process left torn are skipped."""
    queries = []
    with suppress(FileNotFoundError):
        for line in log_file(warehouse).read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                queries.append(str(json.loads(line)["query"]))
    return queries
