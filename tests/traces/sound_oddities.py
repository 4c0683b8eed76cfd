"""What comes close to a defect and is none: planted into sound traces, it must not be found."""

from __future__ import annotations

from planted_in_traces import (
    CHILD,
    CLIENT,
    CONSUMER,
    MILLISECOND,
    NOON,
    OTHER,
    PRODUCER,
    ROOT,
    THIRD,
    TRACE,
    child,
    root,
)
from trace_batch import DAY, SECOND, Batch, span_row


def equal_copies(batch: Batch) -> None:
    root(batch)
    batch.spans += [dict(child(batch)) for _ in range(3)]


def child_that_fills_its_parent(batch: Batch) -> None:
    root(batch)
    child(batch, start=0, duration=SECOND)


def moment_at_the_parents_end(batch: Batch) -> None:
    root(batch)
    child(batch, start=SECOND, duration=0)


def message_handled_later(batch: Batch) -> None:
    root(batch)
    child(batch, start=5 * SECOND, kind=CONSUMER)


def work_started_by_a_message(batch: Batch) -> None:
    root(batch, kind=PRODUCER, peer_destination="a queue elsewhere")
    child(batch, start=5 * SECOND)


def linked_work_outside_its_parent(batch: Batch) -> None:
    root(batch)
    child(batch, start=5 * SECOND, linked=[("e" * 32, OTHER)])


def message_answered_by_a_link_from_another_trace(batch: Batch) -> None:
    root(batch, kind=CONSUMER, peer_destination="orders")
    child(batch, kind=PRODUCER, peer_destination="orders")
    batch.add(span_row("d" * 32, THIRD, None, NOON, 5, kind=CONSUMER), [(TRACE, CHILD)])


def call_to_something_not_instrumented(batch: Batch) -> None:
    root(batch)
    child(batch, kind=CLIENT, peer_host="api.example.com")


def call_to_what_is_instrumented_on_another_date(batch: Batch) -> None:
    root(batch)
    child(batch, kind=CLIENT, peer_service="newcomer")
    batch.add(span_row("d" * 32, THIRD, None, NOON + DAY, 5, kind=2, service_name="newcomer"))


def name_of_another_category(batch: Batch) -> None:
    root(batch, kind=CONSUMER, peer_destination="orders")
    child(batch, kind=CLIENT, peer_host="orders")


def call_to_a_database_named_like_a_service(batch: Batch) -> None:
    root(batch)
    child(batch, kind=CLIENT, peer_database="cart")


def millisecond_of_skew(batch: Batch) -> None:
    root(batch, resource_key=77)
    child(batch, start=-MILLISECOND, resource_key=78)


def usual_skew_of_a_pair(batch: Batch) -> None:
    """A clock that is ten seconds ahead, whatever it says: the median allows it."""
    root(batch, resource_key=77)
    for n in range(3):
        child(batch, f"{n + 5:016x}", start=10 * SECOND, duration=1_000, resource_key=78)


def links_forth(batch: Batch) -> None:
    root(batch)
    child(batch)
    child(batch, OTHER, linked=[(TRACE, CHILD), (TRACE, ROOT), (TRACE, "8" * 16), ("d" * 32, OTHER)])


def span_id_in_two_traces(batch: Batch) -> None:
    root(batch)
    root(batch, trace_id="d" * 32)


def trace_across_midnight(batch: Batch) -> None:
    batch.add(span_row(TRACE, ROOT, None, NOON, DAY))
    batch.add(span_row(TRACE, CHILD, ROOT, NOON + DAY // 2 + 5, SECOND))


SOUND = (
    equal_copies,
    child_that_fills_its_parent,
    moment_at_the_parents_end,
    message_handled_later,
    work_started_by_a_message,
    linked_work_outside_its_parent,
    message_answered_by_a_link_from_another_trace,
    call_to_something_not_instrumented,
    call_to_what_is_instrumented_on_another_date,
    name_of_another_category,
    call_to_a_database_named_like_a_service,
    millisecond_of_skew,
    usual_skew_of_a_pair,
    links_forth,
    span_id_in_two_traces,
    trace_across_midnight,
)
