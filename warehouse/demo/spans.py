"""The spans of a generated request as a tree of templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
AttributeType = Literal["stringValue", "intValue", "doubleValue", "boolValue"]
Pool = Literal["user", "product", "order", "bytes", "thread"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute; `{}` in `text` is replaced by a value drawn from the pool."""

    key: str
    text: str
    type: AttributeType = "stringValue"
    pool: Pool | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One span of a request shape.

    `median_ms` and `sigma` describe the lognormal time that it spends itself; `chance` is the probability
    that it happens within its parent, `error_rate` that it fails by itself. A detached node starts when its
    parent ends and does not prolong it (messages). `swallows` stops errors of children from failing it.
    """

    service: str
    name: str
    kind: int
    attributes: tuple[Attribute, ...]
    median_ms: float
    children: tuple[Node, ...] = ()
    sigma: float = 0.5
    chance: float = 1.0
    error_rate: float = 0.0
    error: tuple[str, str] = ("TimeoutError", "deadline exceeded")
    is_parallel: bool = False
    is_detached: bool = False
    swallows: bool = False
    status: tuple[str, str] | None = None
    """Attribute that carries the response status and its value on failure, if the span has one."""
    event: str | None = field(default=None)
    """Name of an event that the span always records."""

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()
