"""Habits of instrumentations: what a scope of a service writes again and again, counted with one example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np

from warehouse.integrity.columns import Numbers, arrow


class Habit(NamedTuple):
    """A finding that one instrumentation of one service shows about one attribute of the conventions."""

    finding: str
    service: str | None
    scope_key: int
    position: int


@dataclass(frozen=True, slots=True, order=True)
class Example:
    """The span that shows a habit; the order is that of rows in assembled files."""

    trace_start: int
    trace_id: str
    start: int
    span_id: str
    resource_key: int = field(compare=False)
    value: str = field(compare=False)


Told = tuple[Habit, int, Example]
"""A habit, the number of spans that show it, and one of them."""


class Habits:
    """Habits with their number of spans and the earliest example."""

    def __init__(self) -> None:
        self._found: dict[Habit, tuple[int, Example]] = {}

    def __contains__(self, habit: Habit) -> bool:
        return habit in self._found

    def __iter__(self) -> Iterator[Told]:
        return ((habit, count, example) for habit, (count, example) in self._found.items())

    def add(self, habit: Habit, count: int, example: Example | None) -> None:
        """Count spans. `example` may be None when an earlier one is known."""
        if habit not in self._found:
            assert example is not None
            self._found[habit] = (count, example)
            return
        before, known = self._found[habit]
        self._found[habit] = (before + count, known if example is None else min(known, example))

    def to_json(self) -> list[Any]:
        return [[*habit, count, *astuple(example)] for habit, count, example in self]

    @classmethod
    def from_json(cls, value: list[Any]) -> Self:
        found = cls()
        size = len(Habit._fields)
        for told in value:
            found.add(Habit(*told[:size]), told[size], Example(*told[size + 1 :]))
        return found

    def merge(self, others: Habits) -> None:
        for habit, count, example in others:
            self.add(habit, count, example)


def occurrences(ids: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Distinct numbers in the order in which they first occur, where that is, and how often each occurs."""
    found = arrow(ids.astype(np.int64)).dictionary_encode()
    codes = found.indices.to_numpy()
    first = np.empty(len(found.dictionary), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return found.dictionary.to_numpy(), first, np.bincount(codes, minlength=len(first))
