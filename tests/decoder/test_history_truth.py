"""Generated history: what the oracle reads out of the files is what the generator says it put in."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from oracle.decoding import Decoded, decode

from warehouse.demo.history import Truth, history_truth, write_history
from warehouse.demo.topology import SERVICES, calls

ARGUMENTS: dict[str, Any] = {"days": 2, "seed": 11, "spans_per_day": 4_000, "end_date": dt.date(2026, 11, 20)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_history(tmp_path_factory.mktemp("history"), **ARGUMENTS)


@pytest.fixture(scope="module")
def decoded(written: list[Path]) -> Decoded:
    return decode(b"".join(p.read_bytes() for p in written), "json_lines")


@pytest.fixture(scope="module")
def truth() -> Truth:
    return history_truth(**ARGUMENTS)


def test_counts(decoded: Decoded, truth: Truth) -> None:
    rows = decoded.rows
    assert not any(decoded.rejected.values())
    assert len(rows["spans_landing"]) == truth.spans
    assert len({r["trace_id"] for r in rows["spans_landing"]}) == truth.traces
    assert len({(r["trace_id"], r["span_id"]) for r in rows["spans_landing"]}) == truth.spans
    assert sum(r["status_code"] == 2 for r in rows["spans_landing"]) == truth.error_spans > 0
    assert len(rows["span_events_landing"]) == truth.span_events
    assert len(rows["span_links_landing"]) == truth.span_links > 0
    assert len(rows["log_records"]) == truth.log_records
    assert decoded.found["metric_point"] == truth.metric_points


def test_services_and_calls(decoded: Decoded, truth: Truth) -> None:
    spans = decoded.rows["spans_landing"]
    service = {(s["trace_id"], s["span_id"]): s["service_name"] for s in spans}
    assert Counter(service.values()) == truth.spans_by_service
    assert set(service.values()) == set(SERVICES)
    assert len(SERVICES) == 30
    failed = Counter(s["service_name"] for s in spans if s["status_code"] == 2)
    assert failed == +truth.errors_by_service
    seen: Counter[tuple[str, str]] = Counter()
    for span in spans:
        if span["parent_span_id"] is not None:
            caller = service[span["trace_id"], span["parent_span_id"]]
            seen[caller, span["service_name"]] += caller != span["service_name"]
    assert +seen == truth.calls
    assert set(+seen) <= calls()


def test_spans_lie_within_their_parents_and_links_name_them(decoded: Decoded) -> None:
    spans = {(s["trace_id"], s["span_id"]): s for s in decoded.rows["spans_landing"]}
    linked = {(r["trace_id"], r["span_id"]) for r in decoded.rows["span_links_landing"]}
    for link in decoded.rows["span_links_landing"]:
        assert spans[link["linked_trace_id"], link["linked_span_id"]]["kind"] == 4
    for key, span in spans.items():
        if span["parent_span_id"] is None:
            continue
        parent = spans[span["trace_id"], span["parent_span_id"]]
        end = span["start_time_unix_nano"] + span["duration_nano"]
        parent_end = parent["start_time_unix_nano"] + parent["duration_nano"]
        if key in linked:
            assert span["start_time_unix_nano"] > parent_end
        else:
            assert parent["start_time_unix_nano"] <= span["start_time_unix_nano"]
            assert end <= parent_end


def test_metrics_agree_with_spans(decoded: Decoded) -> None:
    requests = Counter(
        (s["event_date"], s["service_name"]) for s in decoded.rows["spans_landing"] if s["kind"] in (2, 5)
    )
    service = {s["stream_key"]: s["service_name"] for s in decoded.rows["metric_streams"]}
    for table in ("histogram_points", "exponential_histogram_points"):
        counted: Counter[str] = Counter()
        for point in decoded.rows[table]:
            counted[service[point["stream_key"]]] += point["count"]
            buckets = point.get("bucket_counts", point.get("positive_bucket_counts"))
            assert sum(buckets) == point["count"]
        assert sum(counted.values()) == sum(requests.values())


def test_size_and_attributes_of_a_span(written: list[Path], decoded: Decoded) -> None:
    traces = sum(p.stat().st_size for p in written if p.name.startswith("traces"))
    spans = decoded.rows["spans_landing"]
    # Small histories batch few spans under each resource, so a span's share of resources is larger here.
    assert 900 <= traces / len(spans) <= 1_300
    promoted = {"http_request_method", "db_system_name", "rpc_system_name", "messaging_system"}
    assert all(any(s[c] for c in promoted) or s["kind"] == 1 for s in spans)


def test_equal_arguments_give_equal_files(written: list[Path], tmp_path: Path) -> None:
    again = write_history(tmp_path, **ARGUMENTS)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in written]
    other = write_history(tmp_path / "other", **{**ARGUMENTS, "seed": 12})
    assert other[0].read_bytes() != written[0].read_bytes()
