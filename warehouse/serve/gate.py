"""The gate's process, seen from a build: started early, asked once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.telemetry import child_environment


@dataclass(frozen=True, slots=True)
class Checks:
    """Outcome of an audit: counts of checks, and a sentence for each that failed.

    `dates` counts the event dates on which facts and cubes were looked at; None: on all.
    """

    passed: int
    failed: int
    critical: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())
    dates: int | None = None

    @classmethod
    def read(cls, found: dict[str, Any]) -> Checks:
        """From the object that the gate's process prints, or `asdict` makes."""
        return cls(
            found["passed"],
            found["failed"],
            tuple(found["critical"]),
            tuple(found["warnings"]),
            found["dates"],
        )


class Gate:
    """A waiting audit process: its slow import runs while the caller does other work.

    `record` keeps the results in the file; `redone` looks at facts and cubes on the dates that the last run
    of the models redid, instead of on all. Leaving the context ends the process, asked or not.
    """

    def __init__(self, file: Path, *, record: bool = False, redone: bool = False) -> None:
        flags = ["--wait", *(["--record"] if record else []), *(["--redone"] if redone else [])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "data_quality.gate", str(file), *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | child_environment(),
        )

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def audit(self) -> Checks:
        """Run the suites. Raises WarehouseError when the audit could not run."""
        out, err = self._process.communicate("go\n")
        if self._process.returncode not in (0, 1) or not out.strip():
            reason = err.strip().splitlines()[-1] if err.strip() else f"exit code {self._process.returncode}"
            raise WarehouseError(f"The checks could not run, so nothing was published: {reason}")
        return Checks.read(json.loads(out.strip().splitlines()[-1]))


def check(warehouse: Path) -> Checks:
    """Audit a served file on every date; it is only read. Raises WarehouseError when there is none."""
    if not warehouse.is_file():
        raise WarehouseError(f"There is no warehouse at {warehouse}: run `otlp-warehouse build` first.")
    with Gate(warehouse) as gate:
        return gate.audit()
