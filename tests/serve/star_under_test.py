"""What the tests of serving share: a lake, its truth, and the file that was built from it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from small_spans import Row

from warehouse.serve.build import BuildResult


@dataclass(frozen=True)
class Star:
    """The rows that were ingested, the lake, and what was built from it."""

    rows: dict[str, list[Row]]
    lake: Path
    warehouse: Path
    result: BuildResult
    steps: list[tuple[str, int, int]]
    """What the build reported: name, steps done, steps in all."""
    lake_rows: dict[str, int]
    """Rows of every table of the assembled lake, as Delta counts them."""
    old_reader: subprocess.Popen[str]
    """A process connected to the file that the build replaced; it prints that file's tables when asked."""
