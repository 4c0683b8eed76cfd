"""What an assembly reads and rewrites, frozen before the first row is read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from warehouse.traces import files as trace_files
from warehouse.traces.files import TraceFile

Files = dict[str, tuple[TraceFile, ...]]
"""Files by lake table."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One range of trace ids, [low, high): the traces that are computed together. `rows` is an estimate."""

    index: int
    low: str
    high: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class AssemblyPlan:
    """One assembly: `landing` is taken, `assembled` (all files of `dates`) is rewritten.

    A run that finds the plan of an unfinished assembly carries it out again under the same number: its units
    then give the same rows.
    """

    number: int
    now_unix_nano: int
    dates: tuple[str, ...]
    landing: Files
    assembled: Files
    units: tuple[Unit, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "now_unix_nano": self.now_unix_nano,
            "dates": list(self.dates),
            "landing": _to_json(self.landing),
            "assembled": _to_json(self.assembled),
            "units": [asdict(u) for u in self.units],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> AssemblyPlan:
        return cls(
            value["number"],
            value["now_unix_nano"],
            tuple(value["dates"]),
            _from_json(value["landing"]),
            _from_json(value["assembled"]),
            tuple(Unit(**u) for u in value["units"]),
        )


def _to_json(files: Files) -> dict[str, Any]:
    return {name: trace_files.to_json(found) for name, found in files.items()}


def _from_json(value: dict[str, Any]) -> Files:
    return {name: trace_files.from_json(found) for name, found in value.items()}
