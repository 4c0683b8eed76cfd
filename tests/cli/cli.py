"""Running the command line as a user does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
COMMAND = [sys.executable, "-m", "warehouse.cli.main"]


@dataclass(frozen=True)
class Demo:
    """Folder of a finished demo, its figures, and what it printed."""

    folder: Path
    figures: dict[str, Any]

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"


def run(
    *arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One run without a terminal; `env` adds to the environment."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def sentence(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one sentence of a run that failed with this exit code."""
    assert done.returncode == code, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def run_on_terminal(*arguments: object, columns: int) -> str:
    """What a run prints when stdout and stderr are a terminal of that many columns."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"COLUMNS": str(columns), "LINES": "50", "TERM": "xterm"},
    )
    os.close(theirs)
    printed = b""
    with suppress(OSError):  # the terminal is gone when the process has ended
        while piece := os.read(ours, 65_536):
            printed += piece
    os.close(ours)
    assert process.wait() == 0, printed
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed.decode())
