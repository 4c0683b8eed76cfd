"""Critical paths of hand-drawn timelines.

Source of the algorithm: Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
Architectures", USENIX ATC 2022. From the end of a span backwards, the child that returned last is on the
critical path; before its start, the child that returned last before that; and so on. What no such child
covers is the span's own.

Where ours differs from CRISP:
- A sibling that ends after the cursor is passed over, however little it overlaps; one that ends exactly there
  is taken. CRISP wants it to end earlier, but lets two siblings overlap by 1 % of their parent's duration.
- A child that sticks out of its parent on both sides is clipped to it. CRISP clips one side and drops such a
  child with all below it.
- A CLIENT span and its SERVER child are two spans, each with its own share.
- Of equal ends the later start, then the greater span id decides. CRISP leaves ties open.
- Every head has a path, an orphan too. CRISP looks at the root alone.
"""

from __future__ import annotations

import pytest
from assembling import ENGINES, Engine
from drawn_timelines import MICROSECOND, drawn

CASES = {
    "a span alone is its own critical path": """
        shop       |==========|
    """,
    "calls in sequence are all on the path, the gaps belong to the caller": """
        shop       |==---==---==|
          cart     |  ===       |
          pay      |       ===  |
    """,
    "of parallel calls the one that returns last": """
        shop       |==-------==|
          cart     |  -----    |
          pay      |  =======  |
    """,
    "a parallel call that returned before the last one started": """
        shop       |=---==------=|
          cart     | ===         |
          pay      |      ====== |
          mail     |       --    |
    """,
    "overlapping calls: the earlier is passed over, its time before the later is the caller's": """
        shop       |======------==|
          cart     |  --------    |
          pay      |      ======  |
    """,
    "calls that touch are both on the path": """
        shop       |=---------=|
          cart     | ====      |
          pay      |     ===== |
    """,
    "the path goes down into the last call": """
        shop       |==----------==|
          cart     |  ==------==  |
            stock  |    ======    |
            price  |    --        |
    """,
    "below a call that is passed over nothing is on the path": """
        shop       |==----------|
          cart     |  --------  |
            stock  |   ------   |
          pay      |  ==========|
    """,
    "a call that outlives its caller counts until the caller ends": """
        shop       |====------    |
          cart     |    ======----|
    """,
    "a call that starts before its caller counts from the caller's start": """
        shop       |   -----===|
          cart     |---=====   |
    """,
    "a call wholly after its caller is not on the path": """
        shop       |=====     |
          cart     |       ---|
    """,
    "clipping goes down: a grandchild counts within what is left of its parent": """
        shop       |====----    |
          cart     |    ==--    |
            stock  |      ==----|
    """,
    "a child clipped on both sides takes the whole window": """
        shop       |    ----    |
          cart     |----====----|
    """,
    "equal ends: the later start is visited, the earlier overlaps it": """
        shop       |========----==|
          cart     |    --------  |
          pay      |        ====  |
    """,
    "equal intervals: the greater span id": """
        shop       |==------==|
          cart     |  ------  |
          pay      |  ======  |
    """,
    "clipped ends are equal: again the later start, though it ends first": """
        shop       |=====-----    |
          cart     |   -----------|
          pay      |     =====--  |
    """,
    "calls without duration are not visited": """
        shop       |==========|
          cart     |          |
    """,
    "a fan of short calls, each after the one before": """
        shop       |=-=-=-=-=-=|
          a        | =         |
          b        |   =       |
          c        |     =     |
          d        |       =   |
          e        |         = |
    """,
    "every subtree has its own path, to its head's duration": """
        shop       |==---==       |
          cart     |  ===         |
        mail       |      ====----|
          smtp     |          ====|
    """,
    "three levels, with a slow branch that does not matter": """
        shop       |=---------------==|
          cart     | =-----=--------  |
            stock  |  =====           |
            price  |        ==-----=  |
              tax  |          =====   |
            offer  |  ----------      |
          mail     |  -----           |
    """,
}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_critical_path_is_as_drawn(case: str, engine: Engine) -> None:
    batch, wanted = drawn(CASES[case])
    tables = engine(batch)
    names = {n: row["service_name"] for n, row in enumerate(batch.spans)}
    got = {names[row["row"]]: row["critical_path_nano"] for row in tables["spans"]}
    assert got == {name: steps * MICROSECOND for name, steps in wanted.items()}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_critical_path_sums_to_the_heads_durations(case: str, engine: Engine) -> None:
    batch, wanted = drawn(CASES[case])
    heads = [row["duration_nano"] for row in batch.spans if row["parent_span_id"] is None]
    assert sum(wanted.values()) * MICROSECOND == sum(heads)
    assert sum(row["critical_path_nano"] for row in engine(batch)["spans"]) == sum(heads)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_critical_path_by_service_covers_the_roots_subtree_alone(engine: Engine) -> None:
    batch, _ = drawn(CASES["every subtree has its own path, to its head's duration"])
    (trace,) = engine(batch)["traces"]
    assert trace["critical_path_by_service"] == {"cart": "3000", "shop": "4000"}
