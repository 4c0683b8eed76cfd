"""Facts against plain-Python definitions over the rows that went into the lake."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import duckdb
from exact_quantiles import assert_near, nearest_rank
from small_lake import POINT_TABLES
from small_spans import Row
from star_under_test import Star

THRESHOLD = 500_000_000


def _is_id(value: str | None) -> bool:
    return bool(value and value.strip("0"))


def _end(row: Row) -> int:
    return int(row["start_time_unix_nano"] + max(row["duration_nano"], 0))


def _named(service: str | None) -> str:
    return service or "(unnamed)"


def _kept(spans: list[Row]) -> dict[tuple[str, str], Row]:
    """The copy of each span with valid ids that assembly keeps."""
    kept: dict[tuple[str, str], Row] = {}
    for row in spans:
        ids = (row["trace_id"], row["span_id"])
        if not all(map(_is_id, ids)):
            continue
        best = kept.get(ids)
        if best is None or (_end(row), row["content_key"]) > (_end(best), best["content_key"]):
            kept[ids] = row
    return kept


def assembled(spans: list[Row]) -> list[Row]:
    """What assembly keeps: one copy of each span, and every span without valid ids."""
    without_ids = [r for r in spans if not (_is_id(r["trace_id"]) and _is_id(r["span_id"]))]
    return [*_kept(spans).values(), *without_ids]


def _parent(kept: dict[tuple[str, str], Row], row: Row) -> Row | None:
    return kept.get((row["trace_id"], row["parent_span_id"])) if _is_id(row["parent_span_id"]) else None


def test_builds_know_which_names_maps_hold(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    spans = assembled(star.rows["spans_landing"])
    held = {(r["event_date"], key) for r in spans for key, _ in r["attributes"]}
    expected = {(day, key) for day, key in held if key in ("http.status_code", "http.route", "enduser.id")}
    found = con.sql("select event_date, attribute_key from intermediate.int_mapped_names").fetchall()
    assert expected and set(found) == expected and len(found) == len(expected)


def test_failed_spans_are_those_of_the_fact(con: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "event_date, trace_id, span_id, service_name, operation_key, kind, start_time_unix_nano, started_at, "
        "duration_nano, status_code, status_message, http_request_method, http_route, error_type, "
    )
    code = "coalesce(http_response_status_code, try_cast(attributes['http.status_code'] as bigint))"
    expected = con.sql(f"select {columns} {code} from fct_spans where status_code = 2 or {code} >= 500")
    found = con.sql(f"select {columns} http_response_status_code from fct_failed_spans").fetchall()
    assert found and Counter(found) == Counter(expected.fetchall())


def test_traces_are_found_by_values_of_lookup_attributes(con: duckdb.DuckDBPyConnection) -> None:
    values = {"user.id": "coalesce(user_id, attributes['enduser.id'])", "session.id": "session_id"}
    expected = []
    for key, value in values.items():
        expected += con.sql(
            f"select distinct event_date, '{key}', {value} as held, trace_id, trace_start_unix_nano "
            "from fct_spans where held is not null"
        ).fetchall()
    found = con.sql("from fct_trace_attributes").fetchall()
    assert expected and Counter(found) == Counter(expected)
    assert {"user 1", "former 1", "session 1"} <= {row[2] for row in found}


def test_service_calls_are_the_edges_between_services(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    kept = _kept(star.rows["spans_landing"])
    expected = Counter()
    for row in kept.values():
        parent = _parent(kept, row)
        if parent is not None and parent["service_name"] != row["service_name"]:
            callee = _named(row["service_name"])
            expected[_named(parent["service_name"]), callee, row["span_id"], row["status_code"] == 2] += 1
    found = con.sql(
        "select caller_service_name, callee_service_name, callee_span_id, is_error from fct_service_calls "
        "where not is_inferred"
    ).fetchall()
    assert Counter(found) == expected
    assert {pair[:2] for pair in expected} >= {("gateway", "cart"), ("gateway", "(unnamed)")}


def test_spans_name_the_service_of_their_parent(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    kept = _kept(star.rows["spans_landing"])
    expected = Counter()
    for row in kept.values():
        parent = _parent(kept, row)
        expected[row["span_id"], _named(parent["service_name"]) if parent else None] += 1
    found = con.sql("select span_id, parent_service_name from fct_spans where ltrim(span_id, '0') <> ''")
    assert Counter(found.fetchall()) == expected


def test_traces_name_the_service_of_their_root(con: duckdb.DuckDBPyConnection) -> None:
    """One trace has no root: its only span is its own parent."""
    wrong = con.sql(
        "select traces.trace_id, root_service_name, service_name from fct_traces as traces "
        "left join fct_spans on root_span_id = span_id and traces.trace_id = fct_spans.trace_id "
        "where root_service_name is distinct from service_name"
    )
    assert wrong.fetchall() == []
    assert con.sql("select count(*) from fct_traces where root_service_name is null").fetchone() == (1,)


def test_traces_count_each_span_once(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    kept = _kept(star.rows["spans_landing"])
    traces: dict[str, list[Row]] = defaultdict(list)
    for row in kept.values():
        traces[row["trace_id"]].append(row)
    found = {
        row[0]: row[1:]
        for row in con.sql(
            "select trace_id, trace_date, start_time_unix_nano, duration_nano, span_count, service_count, "
            "error_count, orphan_count, root_count, is_complete from fct_traces"
        ).fetchall()
    }
    assert found == {trace: _trace(kept, spans) for trace, spans in traces.items()}
    assert sum(t[-1] for t in found.values()) >= 100


def _trace(kept: dict[tuple[str, str], Row], spans: list[Row]) -> tuple[Any, ...]:
    dated = [s for s in spans if s["event_date"] > date(1970, 1, 1)]
    start = min((s["start_time_unix_nano"] for s in dated), default=None)
    orphans = sum(_is_id(s["parent_span_id"]) and _parent(kept, s) is None for s in spans)
    roots = sum(not _is_id(s["parent_span_id"]) for s in spans)
    return (
        min((s["event_date"] for s in dated), default=date(1970, 1, 1)),
        start,
        max(map(_end, dated)) - start if start is not None else None,
        len(spans),
        len({_named(s["service_name"]) for s in spans}),
        sum(s["status_code"] == 2 for s in spans),
        orphans,
        roots,
        roots == 1 and orphans == 0,
    )


def test_daily_health_follows_its_definition(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    days: dict[tuple[date, str], list[Row]] = defaultdict(list)
    for row in assembled(star.rows["spans_landing"]):
        has_ids = _is_id(row["trace_id"]) and _is_id(row["span_id"])
        if row["kind"] in (2, 5) or (has_ids and not _is_id(row["parent_span_id"])):
            days[row["event_date"], _named(row["service_name"])].append(row)
    rows = con.sql(
        "select event_date, service_name, request_count, error_count, error_ratio, apdex, health, "
        "p50_nano, p95_nano, p99_nano from daily_service_health"
    ).fetchall()
    assert len(rows) == len(days) > 5
    for day, service, requests, errors, error_ratio, apdex, health, p50, p95, p99 in rows:
        spans = days[day, service]
        good = [s["duration_nano"] for s in spans if s["status_code"] != 2]
        satisfied = sum(d <= THRESHOLD for d in good)
        tolerating = sum(THRESHOLD < d <= 4 * THRESHOLD for d in good)
        assert (requests, errors) == (len(spans), sum(s["status_code"] == 2 for s in spans))
        assert abs(error_ratio - errors / requests) < 1e-12
        assert abs(apdex - (satisfied + tolerating / 2) / requests) < 1e-12
        for estimate, q in ((p50, "0.5"), (p95, "0.95"), (p99, "0.99")):
            assert_near(estimate, nearest_rank([s["duration_nano"] for s in spans], q))
        expected = 0.4 * (1 - error_ratio) + 0.3 * (1 - min((p99 or 0) / 5e9, 1)) + 0.3 * apdex
        assert abs(health - expected) < 1e-12


def test_no_row_and_no_sum_is_lost_between_layers(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    facts = {
        "fct_log_records": ("log_records", "time_unix_nano"),
        "fct_exemplars": ("exemplars", "time_unix_nano"),
        "dim_metric_stream": ("metric_streams", "stream_key"),
        "dim_resource": ("resources", "resource_key"),
        "dim_scope": ("scopes", "scope_key"),
        "fct_ingest_files": ("ingest_files", "spans"),
    }
    spans = assembled(star.rows["spans_landing"])
    found = con.sql("select count(*), sum(duration_nano), sum(duplicate_count) from fct_spans").fetchone()
    assert found == (len(spans), sum(r["duration_nano"] for r in spans), 0)
    winners = {r["content_key"] for r in spans}
    for name in ("span_events", "span_links"):
        of_winners = [r for r in star.rows[f"{name}_landing"] if r["content_key"] in winners]
        assert con.sql(f"select count(*) from fct_{name}").fetchone() == (len(of_winners),), name
    for fact, (table, measure) in facts.items():
        rows = star.rows[table]
        expected = (len(rows), sum(r[measure] for r in rows))
        assert con.sql(f"select count(*), sum({measure}) from {fact}").fetchone() == expected, fact
    points = [row for table in POINT_TABLES for row in star.rows[table]]
    found = con.sql(
        'select count(*), sum("count"), sum(value_int), sum(time_unix_nano) from fct_metric_points'
    )
    assert found.fetchone() == (
        len(points),
        sum(p.get("count", 0) for p in points),
        sum(p.get("value_int") or 0 for p in points),
        sum(p["time_unix_nano"] for p in points),
    )


def test_telemetry_without_a_service_keeps_its_rows(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    unnamed = sum(r["service_name"] is None for r in assembled(star.rows["spans_landing"]))
    query = "select count(*) from fct_spans join dim_service using (service_name) where not is_named"
    assert con.sql(query).fetchone() == (unnamed,)
    assert unnamed > 20
