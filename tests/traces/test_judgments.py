"""Dates are judged whole: metric points and resources too, once, and anew when their files change."""

from __future__ import annotations

import json
from pathlib import Path

from arriving_traces import MIDNIGHT, arrivals
from assembled_content import views

from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble

SECOND = 1_000_000_000


def _counter(service: str, *values: int, start: int = MIDNIGHT) -> str:
    """A cumulative sum with a point a second."""
    points = [
        {"asInt": str(v), "startTimeUnixNano": str(MIDNIGHT), "timeUnixNano": str(start + (n + 1) * SECOND)}
        for n, v in enumerate(values)
    ]
    total = {"dataPoints": points, "aggregationTemporality": 2, "isMonotonic": True}
    attributes = [{"key": "service.name", "value": {"stringValue": service}}] if service else []
    metrics = [{"name": "requests", "sum": total}]
    request = {
        "resourceMetrics": [{"resource": {"attributes": attributes}, "scopeMetrics": [{"metrics": metrics}]}]
    }
    return json.dumps(request) + "\n"


def _findings(lake: Path) -> list[tuple[str, int]]:
    with views(lake) as con:
        return con.sql(
            "select finding, count(*) from lake.integrity_violations group by all order by all"
        ).fetchall()


def _ingest(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    ingest([folder / name], folder / "lake")


def test_clean_points_break_nothing_and_a_fall_is_found(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    _ingest(tmp_path, "clean", _counter("shop", 1, 2, 2, 5))
    assert assemble(lake).violations == 0
    assert assemble(lake).assembly_id is None
    _ingest(tmp_path, "fall", _counter("shop", 3, start=MIDNIGHT + 60 * SECOND))
    assert assemble(lake).dates == 1
    assert _findings(lake) == [("falling_counter", 1)]


def test_the_point_before_midnight_is_the_one_before(tmp_path: Path) -> None:
    day = 24 * 3600 * SECOND
    _ingest(tmp_path, "first", _counter("shop", 7, start=MIDNIGHT + day - 2 * SECOND))
    _ingest(tmp_path, "next", _counter("shop", 3, start=MIDNIGHT + day))
    assemble(tmp_path / "lake")
    assert _findings(tmp_path / "lake") == [("falling_counter", 1)]


def test_a_resource_without_service_name_is_told_once_a_date(tmp_path: Path) -> None:
    _ingest(tmp_path, "unnamed", _counter("", 1, 2, 3))
    assemble(tmp_path / "lake")
    assert _findings(tmp_path / "lake") == [("missing_service_name", 1)]


def test_only_changed_dates_are_judged_again(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    _ingest(tmp_path, "spans", arrivals(5, 40).lines())
    _ingest(tmp_path, "points", _counter("shop", 4, 2))
    assert assemble(lake, settle=True).dates >= 3
    before = _findings(lake)
    _ingest(tmp_path, "more", _counter("other", 1, 2))
    assert assemble(lake).dates == 2  # the next date compares its points with those of this one
    assert _findings(lake) == before
