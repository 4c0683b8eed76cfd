"""Questions about how long requests take: answers are those of the generated spans."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import pytest
from exact_quantiles import assert_near, nearest_rank
from oracle.traces_shape import Trace
from oracle.traces_times import critical_paths
from planted_history import DEPLOYED, History

pytestmark = pytest.mark.slow
KINDS = {1: "INTERNAL", 2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}


def test_slowest_operations(history: History) -> None:
    operations = defaultdict(list)
    for span in history.spans:
        operations[span.service, span.name, KINDS[span.kind]].append(span)
    answer = history.ask("slowest_operations")
    exact = {k: nearest_rank([s.duration for s in spans], "0.99") for k, spans in operations.items()}
    slowest = sorted(filter(None, exact.values()), reverse=True)
    assert len(answer) == 20
    for place, (*operation, count, errors, p50, p99) in enumerate(answer):
        spans = operations[tuple(operation)]
        assert (count, errors) == (len(spans), sum(s.is_error for s in spans))
        assert_near(p50, nearest_rank([s.duration for s in spans], "0.5"))
        assert_near(p99, exact[tuple(operation)])
        # Estimates may swap neighbours, so the place is checked by its value.
        assert_near(p99, slowest[place])


def test_latency_heat_map(history: History) -> None:
    expected = Counter(
        (s.started_at.replace(minute=0, second=0, microsecond=0), (s.duration - 1).bit_length() - 1)
        for s in history.requests("gateway")
    )
    answer = history.ask("latency_heat_map", service="gateway")
    assert {(hour, band): count for hour, band, count in answer} == expected
    assert answer == sorted(answer)


def test_traffic_by_hour_of_week(history: History) -> None:
    expected = Counter((s.started_at.isoweekday(), s.started_at.hour) for s in history.requests("gateway"))
    answer = history.ask("traffic_by_hour_of_week", service="gateway")
    assert {(day, hour): count for day, hour, count in answer} == expected


def test_apdex(history: History) -> None:
    answer = history.ask("apdex")
    assert len(answer) == 30
    for service, count, apdex in answer:
        requests = history.requests(service)
        satisfied = sum(not s.is_error and s.duration <= 500_000_000 for s in requests)
        tolerating = sum(not s.is_error and 500_000_000 < s.duration <= 2_000_000_000 for s in requests)
        assert count == len(requests)
        assert apdex == pytest.approx((satisfied + tolerating / 2) / len(requests))
    assert answer[0][2] < answer[-1][2]


def test_deploy_comparison(history: History) -> None:
    requests = history.requests("tax")
    deployed = min(s.start for s in requests if s.version == "3.0.0")
    boundary = deployed // 300_000_000_000 * 300_000_000_000
    day = 86_400_000_000_000
    answer = {
        period: rest
        for period, *rest in history.ask("deploy_comparison", service="tax", version="3.0.0", days=1)
    }
    assert dt.datetime.fromtimestamp(boundary / 1e9, dt.UTC).date() == DEPLOYED
    for period, start in (("before", boundary - day), ("after", boundary)):
        spans = [s for s in requests if start <= s.start < start + day]
        count, errors, p50, p99 = answer[period]
        assert (count, errors) == (len(spans), sum(s.is_error for s in spans))
        assert_near(p50, nearest_rank([s.duration for s in spans], "0.5"))
        assert_near(p99, nearest_rank([s.duration for s in spans], "0.99"))
    assert answer["after"][2] > 2 * answer["before"][2]


def test_critical_path_share(history: History) -> None:
    earned: Counter[tuple[str, str, int]] = Counter()
    counts: Counter[tuple[str, str, int]] = Counter()
    for spans in history.traces().values():
        (root,) = (s for s in spans if s.parent_id is None)
        if (root.service, root.name) == ("gateway", "POST /web/checkout"):
            paths = critical_paths(Trace(spans))
            for span in spans:
                earned[span.service, span.name, span.kind] += paths[span]
                counts[span.service, span.name, span.kind] += 1
    answer = history.ask("critical_path_share", root_service="gateway", root_operation="POST /web/checkout")
    total = sum(earned.values())
    assert {tuple(row[:3]): row[3] for row in answer} == counts
    for *operation, _, share in answer:
        assert share == pytest.approx(earned[tuple(operation)] / total)
    # The bank is the slowest by far.
    assert answer[0][:3] == ("payment", "POST", 3)
