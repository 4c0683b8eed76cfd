"""Planted defects of whole dates reach the lake, one row each, and again when a date's files change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
from span_tables import NOON

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.traces.assemble import assemble

SECOND = 10**9


def resource(service: str | None) -> dict[str, Any]:
    named = [{"key": "service.name", "value": {"stringValue": service}}] if service else []
    return {"attributes": named}


def spans(service: str | None, *ids: int, attributes: dict[str, str] | None = None) -> str:
    """A line of root spans, a trace each."""
    made = [
        {
            "traceId": f"{n:032x}",
            "spanId": f"{n:016x}",
            "name": "work",
            "kind": 1,
            "startTimeUnixNano": str(NOON + n),
            "endTimeUnixNano": str(NOON + n + 5),
            "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in (attributes or {}).items()],
        }
        for n in ids
    ]
    scope = {"scope": {"name": "lib"}, "spans": made}
    return json.dumps({"resourceSpans": [{"resource": resource(service), "scopeSpans": [scope]}]}) + "\n"


def counter(service: str, *points: tuple[int, int]) -> str:
    """A line of points (second after noon, value) of a cumulative counter."""
    made = [
        {"startTimeUnixNano": str(NOON), "timeUnixNano": str(NOON + s * SECOND), "asInt": str(value)}
        for s, value in points
    ]
    metric = {"name": "served", "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": made}}
    scope = {"metrics": [metric]}
    return json.dumps({"resourceMetrics": [{"resource": resource(service), "scopeMetrics": [scope]}]}) + "\n"


def take(lake: Path, name: str, *lines: str) -> None:
    file = lake.parent / name
    file.write_text("".join(lines))
    ingest([file], lake)


def found(lake: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        lake_views.create(con, lake, snapshot(lake))
        return con.sql(
            "select event_date::varchar, constraint_id, finding, trace_id is null "
            "from lake.integrity_violations order by all"
        ).fetchall()


IC4 = ("2026-11-20", "IC4", "falling_counter", True)
IC5 = ("2026-11-20", "IC5", "missing_service_name", True)
OLD = ("2026-11-20", "TYPE", "deprecated_attribute", False)


def test_clean_telemetry_has_no_violation(tmp_path: Path) -> None:
    take(tmp_path / "lake", "a", spans("cart", 1, 2), counter("cart", (1, 1), (2, 2)))
    assert assemble(tmp_path / "lake").violations == 0
    assert found(tmp_path / "lake") == []


def test_one_planted_defect_each_is_one_row_each(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    take(lake, "a", spans("cart", 1, 2, 3, attributes={"http.method": "GET"}), spans(None, 4, 5))
    take(lake, "b", counter("cart", (1, 5), (2, 4)))
    assert assemble(lake).violations == 3
    assert found(lake) == [IC4, IC5, OLD]
    assert assemble(lake).violations == 0
    assert found(lake) == [IC4, IC5, OLD]


def test_a_date_is_judged_anew_when_more_arrives(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    take(lake, "a", counter("cart", (1, 5), (3, 7)), spans("cart", 1))
    assemble(lake)
    assert found(lake) == []
    take(lake, "b", counter("cart", (2, 9)))
    assemble(lake)
    assert found(lake) == [IC4]
    take(lake, "c", spans("cart", 2, attributes={"http.method": "GET"}))
    assemble(lake, settle=True)
    assert found(lake) == [IC4, OLD]
