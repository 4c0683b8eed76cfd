"""The toolkit's own telemetry: spans and metrics of a run in OTLP, written when asked for and free when not.

Instrumented code says `with span("convert")` or `@traced("commit")`; without a recorder both do nothing. A
recorder (`warehouse.telemetry.recording`) writes OTLP JSON lines, which the warehouse ingests like any other.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

Value = str | int | float | bool
Attributes = Mapping[str, Value]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Note:
    """A span that is over, nanoseconds since 1970; `within` is the place of its parent among other notes."""

    name: str
    attributes: Attributes
    start_nano: int
    end_nano: int = 0
    within: int | None = None


class Recorder(Protocol):
    """What takes spans, events and counts while a run is recorded."""

    def span(self, name: str, attributes: Attributes) -> AbstractContextManager[object]: ...

    def replay(self, notes: Sequence[Note]) -> None: ...

    def count(self, name: str, amount: int, unit: str, attributes: Attributes) -> None: ...

    def event(self, name: str, attributes: Attributes) -> None: ...

    def carried(self, function: Callable[P, R]) -> Callable[P, R]: ...

    def environment(self) -> dict[str, str]: ...


VARIABLE = "OTLP_WAREHOUSE_TELEMETRY"
"""Where runs are recorded when no flag says so: a file or a folder."""
PARENT = "TRACEPARENT"
_IDLE: AbstractContextManager[object] = nullcontext()
_recorder: Recorder | None = None


def record_with(recorder: Recorder | None) -> None:
    """From now on the recorder takes what this process does; None ends it."""
    global _recorder
    _recorder = recorder


def span(name: str, **attributes: Value) -> AbstractContextManager[object]:
    """A span around the block, below the current one; an exception fails it. `__` in names means a dot."""
    if _recorder is None:
        return _IDLE
    return _recorder.span(name, _dotted(attributes))


def traced(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A span around every call of a function."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _recorder is None:
                return function(*args, **kwargs)
            with _recorder.span(name, {}):
                return function(*args, **kwargs)

        return call

    return decorate


def past_span(name: str, start_nano: int, end_nano: int, **attributes: Value) -> None:
    """A span below the current one of what another program did, nanoseconds since 1970."""
    if _recorder is not None:
        _recorder.replay([Note(name, _dotted(attributes), start_nano, end_nano)])


def replay(notes: Sequence[Note]) -> None:
    """Spans below the current one that another process noted (`warehouse.telemetry.notes`), parents first."""
    if _recorder is not None:
        _recorder.replay(notes)


def is_recorded() -> bool:
    """Whether somebody takes what this process does."""
    return _recorder is not None


def count(name: str, amount: int, unit: str, **attributes: Value) -> None:
    """Add to the run's counter `otlp_warehouse.<name>`; the unit is one of UCUM, such as By or {row}."""
    if _recorder is not None:
        _recorder.count(f"otlp_warehouse.{name}", amount, unit, _dotted(attributes))


def event(name: str, **attributes: Value) -> None:
    """Something that happened within the current span."""
    if _recorder is not None:
        _recorder.event(name, _dotted(attributes))


def carried(function: Callable[P, R]) -> Callable[P, R]:
    """The function for another thread, whose spans then lie below the current one of this thread."""
    return function if _recorder is None else _recorder.carried(function)


def child_environment() -> dict[str, str]:
    """Variables with which a child process records below the current span; empty when nothing is recorded."""
    return {} if _recorder is None else _recorder.environment()


def recording_of_parent(name: str) -> AbstractContextManager[object]:
    """Record this process when the one that started it is recorded."""
    target = os.environ.get(VARIABLE)
    if not target or PARENT not in os.environ:
        return _IDLE
    from warehouse.telemetry.recording import recording

    return recording(target, name)


def _dotted(attributes: Attributes) -> dict[str, Value]:
    return {name.replace("__", "."): value for name, value in attributes.items()}
