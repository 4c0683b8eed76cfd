"""Shifts that Jaeger's clock-skew adjuster would apply, worked by hand.

Source: the clock-skew adjuster of Jaeger (github.com/jaegertracing/jaeger, package adjuster). Differences:
two spans share a clock when they share a resource, not a host address; the shift is stored, never applied,
and has no maximum; a negative duration counts as none.
"""

from __future__ import annotations

import pytest
from assembling import ENGINES, Engine
from trace_batch import MIDNIGHT, Batch, span_row

TRACE = "7" * 32
Case = tuple[str, str | None, int, int, int, int]
"""Span, parent, resource, start after midnight, duration, shift."""

CASES: dict[str, tuple[Case, ...]] = {
    "a head is never shifted": (("a", None, 1, 50, 10, 0),),
    "one clock: a child that starts too early stays where it is": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 1, 90, 20, 0),
    ),
    "two clocks: a child inside its parent fits": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 100, 40, 0),
    ),
    "too early and shorter: into the middle of the parent": (
        # the latency (40 - 20) / 2 = 10 on either side: 110 - 60
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 60, 20, 50),
    ),
    "too late and shorter: into the middle of the parent": (
        # 100 + (40 - 20) / 2 - 130
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 130, 20, -20),
    ),
    "an odd difference loses its half": (
        # 100 + 21 / 2 - 60
        ("a", None, 1, 100, 41, 0),
        ("b", "a", 2, 60, 20, 50),
        # 100 + 21 / 2 - 200
        ("c", "a", 2, 200, 20, -90),
    ),
    "equally long: onto the parent": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 70, 40, 30),
        ("c", "a", 2, 101, 40, -1),
    ),
    "longer and too early: to the parent's start": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 70, 80, 30),
    ),
    "longer and not too early: stays": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 100, 41, 0),
        ("c", "a", 2, 500, 41, 0),
    ),
    "a child on its parent's clock inherits the shift, inside the parent or not": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 60, 20, 50),
        ("c", "b", 2, 65, 5, 50),
        ("d", "c", 2, 900, 5, 50),
    ),
    "a child on a third clock is compared with the shifted parent, and starts from its own shift": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 60, 20, 50),
        # b now lies in [110, 130)
        ("c", "b", 3, 112, 10, 0),
        # 110 + (20 - 10) / 2 - 62
        ("d", "b", 3, 62, 10, 53),
    ),
    "back on the first clock: compared again, not trusted": (
        ("a", None, 1, 100, 40, 0),
        ("b", "a", 2, 60, 20, 50),
        # recorded inside a, but not inside the shifted b [110, 130): 110 + (20 - 4) / 2 - 104
        ("c", "b", 1, 104, 4, 14),
    ),
    "the second tree of a trace starts from its own head": (
        ("a", None, 1, 100, 40, 0),
        ("b", "f", 2, 10, 20, 0),
        ("c", "b", 1, 0, 10, 15),
    ),
    "a span that ended before it began has no length": (
        ("a", None, 1, 100, -40, 0),
        ("b", "a", 2, 90, 0, 10),
        ("c", "a", 2, 90, -7, 10),
        ("d", "a", 2, 90, 1, 10),
    ),
}


def _id(name: str) -> str:
    return name * 16


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_clock_skew_is_what_the_adjuster_would_add(case: str, engine: Engine) -> None:
    batch = Batch()
    for name, parent, resource, start, duration, _ in CASES[case]:
        above = None if parent is None else _id(parent)
        batch.add(span_row(TRACE, _id(name), above, MIDNIGHT + start, duration, resource_key=resource))
    got = {row["row"]: row["clock_skew_nano"] for row in engine(batch)["spans"]}
    assert got == {n: shift for n, (*_, shift) in enumerate(CASES[case])}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_below_a_parent_cycle_there_is_no_skew(engine: Engine) -> None:
    batch = Batch()
    batch.add(span_row(TRACE, _id("a"), _id("a"), MIDNIGHT, 10, resource_key=1))
    batch.add(span_row(TRACE, _id("b"), _id("a"), MIDNIGHT - 20, 10, resource_key=2))
    assert [row["clock_skew_nano"] for row in engine(batch)["spans"]] == [None, None]
