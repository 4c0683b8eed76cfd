"""Small JSON files of the lake that outlive a crash."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any


def write_json(file: Path, value: dict[str, Any]) -> None:
    """Write whole or not at all, and onto the disk before anything relies on it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # Two attempts of one Spark task may write the same file at a time.
    draft = file.with_suffix(f".{uuid.uuid4().hex}.draft")
    with draft.open("w", encoding="utf-8") as out:
        out.write(json.dumps(value))  # json.dump would encode in Python, not in C
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


def read_json(file: Path) -> dict[str, Any] | None:
    """The file's object, None when there is no such file."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    value: dict[str, Any] = json.loads(text)
    return value
