"""Requests drawn at random, whole arrays at a time: when they happen, how long each span takes, what fails.

Everything that the written files can be checked against is known here, before any text exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.planted import NOTHING, Planted
from warehouse.demo.spans import Node
from warehouse.demo.topology import SERVICES, SHAPES, Shape

DAY_NANO = 86_400_000_000_000
SLICE_SPANS = 100_000
"""Spans drawn at once: bounds memory to about 300 MB."""
_SERVICE_NUMBER = {name: number for number, name in enumerate(SERVICES)}

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Incident:
    """A service that is slow and failing between two times, nanoseconds."""

    service: str
    start_nano: int
    end_nano: int


@dataclass(frozen=True, slots=True)
class DrawnShape:
    """`k` requests of one shape of `n` spans. Arrays are (n, k); ids are drawn as raw bytes.

    `start` and `duration` are nanoseconds; `is_present` tells which spans happened, `own_error` which failed
    by themselves, `is_error` which failed for any reason; `instance` numbers the service's process.
    """

    shape: Shape
    nodes: tuple[Node, ...]
    parents: tuple[int, ...]
    is_present: Booleans
    start: Integers
    duration: Integers
    own_error: Booleans
    is_error: Booleans
    instance: Integers
    trace_ids: bytes
    span_ids: bytes

    @property
    def requests(self) -> int:
        return int(self.start.shape[1])

    def spans(self) -> int:
        return int(self.is_present.sum())


def flatten(root: Node) -> tuple[tuple[Node, ...], tuple[int, ...]]:
    """The nodes of a tree, parents first, and the position of each one's parent (-1 for the root)."""
    nodes: list[Node] = []
    parents: list[int] = []

    def visit(node: Node, parent: int) -> None:
        nodes.append(node)
        parents.append(parent)
        position = len(nodes) - 1
        for child in node.children:
            visit(child, position)

    visit(root, -1)
    return tuple(nodes), tuple(parents)


def mean_spans(shape: Shape) -> float:
    """Expected spans of a request of the shape."""

    def expected(node: Node) -> float:
        return node.chance * (1 + sum(expected(c) for c in node.children))

    return expected(shape.root)


def _day_factor(date: dt.date) -> float:
    """Weekends are quieter."""
    return 0.7 if date.weekday() >= 5 else 1.0


def _traffic(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative traffic by hour of day: least at 03:00, most at 15:00 UTC, with an evening shoulder."""
    day = 1 - np.cos((hours - 3) / 24 * 2 * np.pi)
    evening = 0.5 * np.exp(-(((hours - 20) / 1.5) ** 2))
    return np.asarray(0.25 + day + evening)


def incident_on(date: dt.date, seed: int) -> Incident | None:
    """About one day in five has an incident of one to three hours in one service."""
    rng = np.random.default_rng([seed, date.toordinal(), 1])
    if rng.random() > 0.2:
        return None
    candidates = ("payment", "catalog", "search", "order", "stock")
    start = midnight_nano(date) + int(rng.uniform(8, 20) * 3.6e12)
    return Incident(str(rng.choice(candidates)), start, start + int(rng.uniform(1, 3) * 3.6e12))


def midnight_nano(date: dt.date) -> int:
    return (date.toordinal() - dt.date(1970, 1, 1).toordinal()) * DAY_NANO


def draw_day(
    date: dt.date, seed: int, spans_per_day: int, planted: Planted = NOTHING
) -> Iterator[list[DrawnShape]]:
    """The day's requests in slices of consecutive time, about SLICE_SPANS spans each."""
    shapes = SHAPES + planted.shapes
    slowness = planted.slowness(date)
    wanted = spans_per_day * _day_factor(date)
    slices = max(1, round(wanted / SLICE_SPANS))
    hours = np.linspace(0, 24, 24 * 60 + 1)
    cumulative = np.concatenate([[0.0], np.cumsum(_traffic((hours[1:] + hours[:-1]) / 2))])
    cumulative /= cumulative[-1]
    weights = np.array([s.weight for s in shapes], dtype=float)
    weights /= weights.sum()
    requests = wanted / float(np.dot(weights, [mean_spans(s) for s in shapes])) / slices
    incident = incident_on(date, seed)
    for number in range(slices):
        rng = np.random.default_rng([seed, date.toordinal(), 2, number])
        counts = rng.multinomial(rng.poisson(requests), weights)
        drawn = []
        for shape, count in zip(shapes, counts.tolist(), strict=True):
            position = (number + np.sort(rng.random(count))) / slices
            seconds = np.interp(position, cumulative, hours) * 3600
            start = midnight_nano(date) + (seconds * 1e9).astype(np.int64)
            drawn.append(draw_shape(shape, start, incident, rng, slowness))
        yield drawn


def draw_shape(
    shape: Shape,
    start: Integers,
    incident: Incident | None,
    rng: np.random.Generator,
    slowness: Mapping[str, float],
) -> DrawnShape:
    """Requests of one shape that begin at the given times, nanoseconds; `slowness` is a factor by service."""
    nodes, parents = flatten(shape.root)
    n, k = len(nodes), len(start)
    troubled = np.zeros((n, k), dtype=bool)
    if incident is not None:
        inside = (start >= incident.start_nano) & (start < incident.end_nano)
        troubled[[i for i, node in enumerate(nodes) if node.service == incident.service]] = inside
    is_present = _presence(nodes, parents, rng.random((n, k)))
    rates = np.array([[node.error_rate] for node in nodes])
    own_error = is_present & (rng.random((n, k)) < rates + 0.15 * troubled * (rates > 0))
    is_error = own_error.copy()
    for i in range(n - 1, 0, -1):
        if not nodes[i].is_detached and not nodes[parents[i]].swallows:
            is_error[parents[i]] |= is_error[i]
    medians = np.array([[node.median_ms * 1e6 * slowness.get(node.service, 1.0)] for node in nodes])
    sigmas = np.array([[node.sigma] for node in nodes])
    own = medians * np.exp(sigmas * rng.standard_normal((n, k))) * np.where(troubled, 4.0, 1.0)
    starts, duration = _schedule(nodes, parents, is_present, start, own.astype(np.int64) + 1_000)
    instances = rng.integers(0, 6, size=k)
    numbers = np.array([[_SERVICE_NUMBER[node.service]] for node in nodes])
    return DrawnShape(
        shape,
        nodes,
        parents,
        is_present,
        starts,
        duration,
        own_error,
        is_error,
        (instances + numbers) % 3,
        rng.bytes(16 * k),
        rng.bytes(8 * n * k),
    )


def _presence(nodes: tuple[Node, ...], parents: tuple[int, ...], luck: NDArray[np.float64]) -> Booleans:
    """A span happens when its parent does and its own chance comes true."""
    is_present = luck < np.array([[node.chance] for node in nodes])
    for i in range(1, len(nodes)):
        is_present[i] &= is_present[parents[i]]
    return is_present


def _schedule(
    nodes: tuple[Node, ...], parents: tuple[int, ...], is_present: Booleans, start: Integers, own: Integers
) -> tuple[Integers, Integers]:
    """Starts and durations: a span works, runs its children one by one or side by side, and works again."""
    n = len(nodes)
    offset = np.zeros_like(own)
    duration = np.zeros_like(own)
    for i in range(n - 1, -1, -1):
        before = own[i] * 6 // 10
        cursor, latest = before.copy(), before.copy()
        for child in (c for c in range(i + 1, n) if parents[c] == i and not nodes[c].is_detached):
            offset[child] = before if nodes[i].is_parallel else cursor
            end = offset[child] + np.where(is_present[child], duration[child], 0)
            cursor = np.where(is_present[child], end, cursor)
            latest = np.maximum(latest, end)
        duration[i] = latest + own[i] - before
        for child in (c for c in range(i + 1, n) if parents[c] == i and nodes[c].is_detached):
            offset[child] = duration[i] + own[child]
    starts = np.empty_like(own)
    starts[0] = start
    for i in range(1, n):
        starts[i] = starts[parents[i]] + offset[i]
    return starts, duration
