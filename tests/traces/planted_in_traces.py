"""One defect planted into sound traces, and the violations that must follow from it.

Every planting adds one small trace to a sound batch and returns what must be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trace_batch import DAY, MIDNIGHT, SECOND, Batch, Row, span_row

TRACE = "c" * 32
NOON = MIDNIGHT + DAY // 2
MILLISECOND = 1_000_000
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
ROOT, CHILD, OTHER, THIRD = "1" * 16, "2" * 16, "3" * 16, "4" * 16


@dataclass(frozen=True)
class Found:
    """A violation and the bit that it sets; `row`, `related` and `marked` are input rows."""

    finding: str
    row: Row | None
    bit: int = 0
    related: Row | None = None
    value: int | None = None
    marked: tuple[Row, ...] | None = None


Planting = Callable[[Batch], list[Found]]


def root(batch: Batch, **more: Any) -> Row:
    """A second long, at noon."""
    return batch.add(span_row(more.pop("trace_id", TRACE), ROOT, None, NOON, SECOND, **more))


def child(batch: Batch, span_id: str = CHILD, start: int = 10, duration: int = 100, **more: Any) -> Row:
    """Below the root, `start` nanoseconds after it."""
    links = more.pop("linked", ())
    row = {"trace_id": TRACE, "parent": ROOT} | more
    trace, parent = row.pop("trace_id"), row.pop("parent")
    return batch.add(span_row(trace, span_id, parent, NOON + start, duration, **row), links)


def several_roots(batch: Batch) -> list[Found]:
    first = root(batch)
    second = child(batch, parent=None)
    third = child(batch, OTHER, parent="")
    return [Found("multiple_roots", first, 1, value=3, marked=(first, second, third))]


def conflicting_copies(batch: Batch) -> list[Found]:
    root(batch)
    loser = child(batch, duration=99)
    winner = child(batch, duration=100)
    return [Found("conflicting_duplicate", loser, 1, winner, marked=(winner,))]


def missing_parent(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("missing_parent", child(batch, parent="9" * 16), 2)]


def uninstrumented_service(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("uninstrumented_callee", child(batch, kind=CLIENT, peer_service="cart"), 4)]


def uninstrumented_host(batch: Batch) -> list[Found]:
    root(batch, kind=SERVER, peer_host="cart.internal")
    found = child(batch, kind=CLIENT, peer_host="cart.internal", peer_service="unheard of")
    return [Found("uninstrumented_callee", found, 4)]


def unconsumed_message(batch: Batch) -> list[Found]:
    root(batch, kind=CONSUMER, peer_destination="orders")
    return [Found("uninstrumented_callee", child(batch, kind=PRODUCER, peer_destination="orders"), 4)]


def message_consumed_on_another_date(batch: Batch) -> list[Found]:
    root(batch, kind=CONSUMER, peer_destination="orders")
    found = child(batch, kind=PRODUCER, peer_destination="orders")
    late = span_row("d" * 32, THIRD, None, NOON + DAY, 5, kind=CONSUMER)
    batch.add(late, [(TRACE, CHILD)])
    return [Found("uninstrumented_callee", found, 4)]


def call_answered_by_the_wrong_kind(batch: Batch) -> list[Found]:
    root(batch)
    found = child(batch, kind=CLIENT, peer_service="cart")
    child(batch, OTHER, parent=CHILD, kind=CONSUMER)
    return [Found("uninstrumented_callee", found, 4)]


def unnamed_peer(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("unnamed_peer", child(batch, kind=CLIENT), 4)]


def unnamed_queue(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("unnamed_peer", child(batch, kind=PRODUCER), 4)]


def end_before_start(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("ends_before_start", child(batch, duration=-7), 32, value=-7)]


def early_child(batch: Batch) -> list[Found]:
    parent = root(batch)
    return [Found("outside_parent", child(batch, start=-5), 32, parent, 5)]


def late_child(batch: Batch) -> list[Found]:
    parent = root(batch)
    return [Found("outside_parent", child(batch, duration=SECOND), 32, parent, 10)]


def skew_beyond_a_millisecond(batch: Batch) -> list[Found]:
    parent = root(batch, resource_key=77)
    found = child(batch, start=-MILLISECOND - 3, resource_key=78)
    for n in range(2):
        child(batch, f"{n + 5:016x}", resource_key=78)
    return [Found("outside_parent", found, 32, parent, 3)]


def own_parent(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("parent_cycle", child(batch, parent=CHILD), 64)]


def ring_of_parents(batch: Batch) -> list[Found]:
    root(batch)
    ring = [child(batch, parent=OTHER), child(batch, OTHER, parent=THIRD), child(batch, THIRD, parent=CHILD)]
    child(batch, "5" * 16, parent=CHILD)
    return [Found("parent_cycle", span, 64) for span in ring]


def link_to_itself(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("link_cycle", child(batch, linked=[(TRACE, CHILD)]), 64)]


def link_to_a_descendant(batch: Batch) -> list[Found]:
    root(batch)
    upper = child(batch, linked=[(TRACE, OTHER)])
    lower = child(batch, OTHER, parent=CHILD)
    child(batch, THIRD, parent=OTHER)
    return [Found("link_cycle", upper, 64), Found("link_cycle", lower, 64)]


def short_trace_id(batch: Batch) -> list[Found]:
    return [Found("bad_trace_id", root(batch, trace_id="c" * 30), 128)]


def no_trace_id(batch: Batch) -> list[Found]:
    return [Found("bad_trace_id", root(batch, trace_id="0" * 32), 128)]


def long_span_id(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("bad_span_id", child(batch, "2" * 18), 128)]


def no_span_id(batch: Batch) -> list[Found]:
    root(batch)
    return [Found("bad_span_id", child(batch, ""), 128)]


def children_of_a_long_span_id(batch: Batch) -> list[Found]:
    root(batch)
    parent = child(batch, "2" * 18)
    for digit in "34":
        child(batch, digit * 16, parent="2" * 18)
    return [Found("bad_span_id", parent, 128)]


def zero_parent(batch: Batch) -> list[Found]:
    row = batch.add(span_row(TRACE, ROOT, "0" * 16, NOON, SECOND))
    return [Found("zero_parent_id", row, 128)]


DEFECTS: tuple[Planting, ...] = (
    several_roots,
    conflicting_copies,
    missing_parent,
    uninstrumented_service,
    uninstrumented_host,
    unconsumed_message,
    message_consumed_on_another_date,
    call_answered_by_the_wrong_kind,
    unnamed_peer,
    unnamed_queue,
    end_before_start,
    early_child,
    late_child,
    skew_beyond_a_millisecond,
    own_parent,
    ring_of_parents,
    link_to_itself,
    link_to_a_descendant,
    short_trace_id,
    no_trace_id,
    long_span_id,
    no_span_id,
    children_of_a_long_span_id,
    zero_parent,
)
