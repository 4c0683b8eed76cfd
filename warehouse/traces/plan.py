"""What an assembly reads and rewrites, frozen before the first row is read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from warehouse.traces import files as trace_files
from warehouse.traces.files import TraceFile
from warehouse.traces.oversized import TRACE_LIMIT
from warehouse.traces.redone import RangePlace, Redone

Files = dict[str, tuple[TraceFile, ...]]
"""Files by lake table."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is computed together: spans of `dates` whose trace ids lie in [low, high); `rows` is an estimate.

    What their traces hold on other dates is context. With `shares` the range is one trace, too large to
    compute, and the unit one share of its span ids.
    """

    index: int
    low: str
    high: str | None
    rows: int
    dates: tuple[str, ...]
    share: int = 0
    shares: int = 0

    @property
    def is_of_whole_dates(self) -> bool:
        """Whether no other unit holds spans of its dates."""
        return not self.low and self.high is None


@dataclass(frozen=True, slots=True)
class AssemblyPlan:
    """One assembly: `landing` is taken, and of `assembled`, all files of the dates that it touches, those are
    rewritten that lie in ranges to redo.

    A run that finds the plan of an unfinished assembly carries it out again under the same number: its units
    then give the same rows.
    """

    number: int
    now_unix_nano: int
    redone: Redone
    landing: Files
    assembled: Files
    units: tuple[Unit, ...]
    trace_limit: int = TRACE_LIMIT
    """Spans of a trace up to which it is computed."""

    @property
    def dates(self) -> tuple[str, ...]:
        return tuple(self.redone.dates)

    def rewritten(self) -> Files:
        """The assembled files that are replaced."""
        return {
            name: tuple(f for f in found if self.redone.holds(f)) for name, found in self.assembled.items()
        }

    def staying(self) -> Files:
        """The assembled files of the dates that stay."""
        return {
            name: tuple(f for f in found if not self.redone.holds(f))
            for name, found in self.assembled.items()
        }

    def is_alone(self, unit: Unit) -> bool:
        """Whether the unit holds all there is of its dates, so that it knows what constraints ask of them."""
        return unit.is_of_whole_dates and self.redone.of_dates(unit.dates).is_whole

    def with_places(self, places: Collection[RangePlace]) -> AssemblyPlan:
        """The plan that also redoes these ranges."""
        return replace(self, redone=self.redone.with_places(places))

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "now_unix_nano": self.now_unix_nano,
            "redone": self.redone.to_json(),
            "landing": _to_json(self.landing),
            "assembled": _to_json(self.assembled),
            "units": [asdict(u) for u in self.units],
            "trace_limit": self.trace_limit,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> AssemblyPlan:
        return cls(
            value["number"],
            value["now_unix_nano"],
            Redone.from_json(value["redone"]),
            _from_json(value["landing"]),
            _from_json(value["assembled"]),
            tuple(Unit(**u | {"dates": tuple(u["dates"])}) for u in value["units"]),
            value["trace_limit"],
        )


def _to_json(files: Files) -> dict[str, Any]:
    return {name: trace_files.to_json(found) for name, found in files.items()}


def _from_json(value: dict[str, Any]) -> Files:
    return {name: trace_files.from_json(found) for name, found in value.items()}
