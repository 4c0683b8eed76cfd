"""Questions about the shape of traces: answers are those of the generated spans."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from planted_history import History, KnownSpan

from warehouse.demo.planted import PARALLEL_CALLS, REPEATED_QUERIES, USER

pytestmark = pytest.mark.slow


def _root(spans: list[KnownSpan]) -> KnownSpan:
    (root,) = (s for s in spans if s.parent_id is None)
    return root


def _duration(spans: list[KnownSpan]) -> int:
    return max(s.end for s in spans) - min(s.start for s in spans)


def test_slow_traces_through(history: History) -> None:
    limit = 400_000_000
    slow = [
        (_duration(spans), trace, spans)
        for trace, spans in history.traces().items()
        if {"payment", "order"} <= {s.service for s in spans} and _duration(spans) > limit
    ]
    slow.sort(key=lambda found: (-found[0], found[1]))
    answer = history.ask(
        "slow_traces_through", service_a="payment", service_b="order", longer_than_nano=limit
    )
    assert slow
    assert answer == [
        (trace, _root(spans).started_at, duration, _root(spans).service, _root(spans).name)
        for duration, trace, spans in slow[:100]
    ]


def test_repeated_calls(history: History) -> None:
    repeated: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for spans in history.traces().values():
        by_id = {s.span_id: s for s in spans}
        calls = Counter((s.parent_id, s.name) for s in spans if s.kind == 3 and s.parent_id)
        for (parent, name), count in calls.items():
            if count > 10:
                repeated[by_id[parent].service, by_id[parent].name, name].append(count)
    answer = history.ask("repeated_calls", more_than=10)
    assert {row[:3]: row[3:6] for row in answer} == {
        key: (len(counts), max(counts), sum(counts)) for key, counts in repeated.items()
    }
    habits = {row[:3]: (row[4], row[6]) for row in answer}
    assert habits == {
        ("customer", "GET /wishlist", "SELECT wishlist_items"): (REPEATED_QUERIES, True),
        ("catalog", "GET /compare", "shop.pricing.v1/Quote"): (PARALLEL_CALLS, False),
    }


def test_fan_out(history: History) -> None:
    children: Counter[tuple[str, str]] = Counter(
        (s.trace_id, s.parent_id) for s in history.spans if s.parent_id
    )
    operations = defaultdict(list)
    for span in history.spans:
        operations[span.service, span.name, span.kind].append(children[span.trace_id, span.span_id])
    expected = [(*key, len(n), max(n), sum(n) / len(n)) for key, n in operations.items()]
    expected.sort(key=lambda row: (-row[4], -row[5], *row[:3]))
    answer = history.ask("fan_out")
    assert [row[:5] for row in answer] == [row[:5] for row in expected[:20]]
    assert [row[5] for row in answer] == pytest.approx([row[5] for row in expected[:20]])
    assert answer[0][:3] == ("catalog", "GET /compare", 2)
    assert answer[0][4] == PARALLEL_CALLS


def test_traces_of_user(history: History) -> None:
    own = [
        (trace, spans)
        for trace, spans in history.traces().items()
        if any(s.attributes.get("user.id") == USER for s in spans)
    ]
    own.sort(key=lambda found: (-min(s.start for s in found[1]), found[0]))
    assert own
    assert history.ask("traces_of_user", user=USER) == [
        (
            trace,
            _root(spans).started_at,
            _duration(spans),
            "gateway",
            "GET /web/account",
            len(spans),
            sum(s.is_error for s in spans),
        )
        for trace, spans in own[:100]
    ]
