"""Questions about what fails: answers are those of the generated spans."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from planted_history import DATES, History, KnownSpan

pytestmark = pytest.mark.slow


def test_error_budget_burn(history: History) -> None:
    requests = history.requests("gateway")
    answer = history.ask("error_budget_burn", service="gateway", objective=0.99)
    budget, spent = 0.01 * len(requests), 0
    assert [row[0] for row in answer][: len(DATES)] == DATES
    for date, count, errors, burn, spent_ratio in answer:
        day = [s for s in requests if s.date == date]
        failed = sum(s.is_error for s in day)
        spent += failed
        assert (count, errors) == (len(day), failed)
        assert burn == pytest.approx(failed / len(day) / 0.01)
        assert spent_ratio == pytest.approx(spent / budget)
    assert spent > 0


def test_dependency_graph(history: History) -> None:
    calls: Counter[tuple[str, str]] = Counter()
    errors: Counter[tuple[str, str]] = Counter()
    for spans in history.traces().values():
        by_id = {s.span_id: s for s in spans}
        for span in spans:
            caller = by_id[span.parent_id].service if span.parent_id else span.service
            if caller != span.service:
                calls[caller, span.service] += 1
                errors[caller, span.service] += span.is_error
    answer = history.ask("dependency_graph")
    assert {row[:2]: row[2] for row in answer} == calls
    assert {row[:2]: row[3] for row in answer} == errors
    assert sum(errors.values()) > 0


def _path(span: KnownSpan, by_id: dict[str, KnownSpan]) -> str:
    step = f"{span.service} {span.name}"
    return f"{_path(by_id[span.parent_id], by_id)} > {step}" if span.parent_id else step


def test_error_paths(history: History) -> None:
    paths: dict[str, list[str]] = defaultdict(list)
    for trace, spans in history.traces().items():
        by_id = {s.span_id: s for s in spans}
        passed_on = {s.parent_id for s in spans if s.is_error}
        for span in spans:
            if span.is_error and span.span_id not in passed_on:
                paths[_path(span, by_id)].append(trace)
    expected = sorted(((p, len(t), len(set(t))) for p, t in paths.items()), key=lambda row: (-row[1], row[0]))
    assert history.ask("error_paths") == expected[:20]
    # Two attempts of every refund fail.
    assert expected[0][0].endswith("payment POST /refunds > payment POST")
    assert expected[0][1] == 2 * expected[0][2]


def test_top_exceptions(history: History) -> None:
    raised: dict[str, list[KnownSpan]] = defaultdict(list)
    for span in history.spans:
        if span.raised:
            raised[span.raised].append(span)
    answer = history.ask("top_exceptions")
    assert {row[0]: row[1] for row in answer} == {kind: len(spans) for kind, spans in raised.items()}
    for kind, _, services, _, trace in answer:
        assert services == sorted({s.service for s in raised[kind]})
        assert trace in {s.trace_id for s in raised[kind]}
    assert [row[1] for row in answer] == sorted((row[1] for row in answer), reverse=True)


def test_failing_route(history: History) -> None:
    failed = [
        s
        for s in history.spans
        if s.attributes.get("http.route") == "/checkout"
        and int(s.attributes["http.response.status_code"]) >= 500
    ]
    failed.sort(key=lambda s: (-s.start, s.span_id))
    assert failed
    assert history.ask("failing_route", route="/checkout") == [
        (s.started_at, s.trace_id, s.span_id, s.service, 500, s.duration) for s in failed[:100]
    ]


def test_retries(history: History) -> None:
    found = defaultdict(list)
    for span in history.spans:
        attempt = int(span.attributes.get("http.request.resend_count", 0))
        if attempt:
            found[span.service, span.attributes["server.address"], attempt].append(span)
    answer = history.ask("retries")
    assert {row[:3]: row[3:] for row in answer} == {
        key: (len(spans), sum(s.is_error for s in spans), sum(s.duration for s in spans))
        for key, spans in found.items()
    }
    # Of three attempts the first two fail.
    assert [(row[2], row[3] == row[4]) for row in answer] == [(1, True), (2, False)]
