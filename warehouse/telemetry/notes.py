"""Spans noted in a process without exporter, such as an executor's, for the one that started it to record.

Notes are plain data and need no SDK, so executors need not have one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import ParamSpec, TypeVar

from warehouse.telemetry import Attributes, Note, record_with

P = ParamSpec("P")
R = TypeVar("R")
_within: ContextVar[int | None] = ContextVar("within", default=None)


class Notes:
    """A recorder that keeps spans in memory, parents before their children.

    *Not handled*: events and counts, which work on executors does not tell.
    """

    def __init__(self) -> None:
        self.spans: list[Note] = []

    @contextmanager
    def span(self, name: str, attributes: Attributes) -> Iterator[None]:
        note = Note(name, attributes, time.time_ns(), within=_within.get())
        self.spans.append(note)
        token = _within.set(len(self.spans) - 1)
        try:
            yield
        finally:
            _within.reset(token)
            note.end_nano = time.time_ns()

    def replay(self, notes: Sequence[Note]) -> None:
        here, before = _within.get(), len(self.spans)
        for note in notes:
            within = here if note.within is None else before + note.within
            self.spans.append(Note(note.name, note.attributes, note.start_nano, note.end_nano, within))

    def count(self, name: str, amount: int, unit: str, attributes: Attributes) -> None: ...

    def event(self, name: str, attributes: Attributes) -> None: ...

    def carried(self, function: Callable[P, R]) -> Callable[P, R]:
        here = copy_context()

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return here.copy().run(function, *args, **kwargs)

        return call

    def environment(self) -> dict[str, str]:
        return {}


@contextmanager
def noting(name: str, attributes: Attributes) -> Iterator[Notes]:
    """Note what happens inside, below a span of that name."""
    notes = Notes()
    record_with(notes)
    try:
        with notes.span(name, attributes):
            yield notes
    finally:
        record_with(None)
