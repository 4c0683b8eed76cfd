"""The gate on integrity constraints: clean data passes, one planted defect fails its constraint alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from data_quality.audit import audit
from data_quality.constraint_suite import constraints
from data_quality.gate import _suites
from data_quality.scope import Scope
from data_quality.thresholds import thresholds
from warehouse.errors import WarehouseError
from warehouse.integrity.constraints import CONSTRAINTS

_STAR = """
create table fct_integrity_violations (
    event_date date, constraint_id varchar, severity varchar, trace_id varchar, span_id varchar,
    stream_key bigint, resource_key bigint, service_name varchar
);
create table cube_span_latency_cells as
    select 'day' as grain, day as event_date, service_name, cast(50 as bigint) as span_count
    from (values (date '2026-11-20'), (date '2026-11-21')) as days (day),
        (values ('cart'), ('pay')) as services (service_name);
create table dim_metric_stream as
    select n as stream_key, 'cart' as service_name from range(100) as streams (n);
create table dim_resource as
    from (values (1, 'cart'), (2, 'pay'), (3, '(unnamed)')) as resources (resource_key, service_name);
"""


def planted(
    file: Path,
    constraint: str,
    broken: int,
    resource: int = 1,
    severity: str = "warning",
    day: str = "2026-11-21",
) -> Path:
    """A file whose services have 50 spans on each of two days, `broken` of them in violation.

    The service cart has 100 streams.
    """
    with duckdb.connect(str(file)) as con:
        if not con.sql("from duckdb_tables()").fetchall():
            con.execute(_STAR)
        con.execute(
            "insert into fct_integrity_violations by name "
            "select $1::date as event_date, $2 as constraint_id, $3 as severity, 'a' || n as trace_id, "
            "'b' || n as span_id, n as stream_key, resource_key, service_name "
            "from range($5) as v (n), dim_resource where resource_key = $4",
            [day, constraint, severity, resource, broken],
        )
    return file


def failed(
    file: Path, own: str | None = None, scope: Scope | None = None
) -> list[tuple[str, str, int | None]]:
    settings = None
    if own is not None:
        settings = file.with_suffix(".toml")
        settings.write_text(own)
    outcomes = audit(file, {"constraints": constraints(thresholds(settings))}, scope)
    return [(o.check.name, o.check.severity, o.unexpected_count) for o in outcomes if not o.is_passed]


def test_clean_data_passes(tmp_path: Path) -> None:
    assert failed(planted(tmp_path / "a.duckdb", "IC1", 0)) == []


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_planted_defect_fails_its_constraint_alone(constraint: str, tmp_path: Path) -> None:
    file = planted(tmp_path / "a.duckdb", constraint, 50, 3 if constraint == "IC5" else 1)
    assert failed(file) == [(f"constraint_{constraint.lower()}_warning", "warning", 1)]


def test_what_stays_below_the_threshold_passes(tmp_path: Path) -> None:
    file = planted(tmp_path / "a.duckdb", "IC2", 1)
    assert failed(file) == []
    planted(file, "IC2", 2)
    assert failed(file) == [("constraint_ic2_warning", "warning", 1)]


def test_shares_are_those_of_the_dates_looked_at(tmp_path: Path) -> None:
    file = planted(tmp_path / "a.duckdb", "TYPE", 6)
    assert failed(file) == [], "6 of 100 spans"
    assert failed(file, scope=Scope(frozenset({date(2026, 11, 21)}), {})) == [
        ("constraint_type_warning", "warning", 1)
    ], "6 of 50"
    assert failed(file, scope=Scope(frozenset({date(2026, 11, 20)}), {})) == []


def test_info_does_not_count(tmp_path: Path) -> None:
    assert failed(planted(tmp_path / "a.duckdb", "TYPE", 100, severity="info")) == []


def test_own_thresholds_override_by_constraint_and_service(tmp_path: Path) -> None:
    file = planted(planted(tmp_path / "a.duckdb", "IC2", 30), "IC2", 30, 2)
    assert failed(file) == [("constraint_ic2_warning", "warning", 2)]
    assert failed(file, "[IC2]\nwarning = 0.5") == []
    assert failed(file, "[IC2.services.pay]\nwarning = 0.4") == [("constraint_ic2_warning", "warning", 1)]
    assert failed(file, "[IC2]\nwarning = 1\n[IC2.services.cart]\ncritical = 0.2") == [
        ("constraint_ic2_critical", "critical", 1)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[IC9]\nwarning = 0", r"unknown threshold \[IC9\]"),
        ("[IC1]\nblock = 0", "block = 0"),
        ("[IC1]\nwarning = 2", "from 0 to 1"),
        ("[IC1.services]\ncart = 1", "a table per service"),
        ("[IC1", "cannot be read"),
        ("[duplicates.services.cart]\ncritical = 1", "holds for all services"),
    ],
)
def test_a_wrong_file_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(WarehouseError, match=words):
        thresholds(tmp_path / "own.toml")


def test_the_gate_asks_the_constraints_of_files_that_have_violations(tmp_path: Path) -> None:
    file = planted(tmp_path / "a.duckdb", "IC1", 1)
    assert len(_suites(file)["constraints"]) == len(CONSTRAINTS)
    with duckdb.connect(str(tmp_path / "old.duckdb")) as con:
        con.execute("create schema lake")
    assert "constraints" not in _suites(tmp_path / "old.duckdb")


def test_the_user_names_a_file_by_variable_or_has_it_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert thresholds()["IC2"].share("critical") is None
    (tmp_path / "otlp-warehouse-thresholds.toml").write_text("[IC2]\ncritical = 0.3")
    assert thresholds()["IC2"].share("critical") == 0.3
    (tmp_path / "named.toml").write_text("[IC2]\ncritical = 0.4")
    monkeypatch.setenv("OTLP_WAREHOUSE_THRESHOLDS", str(tmp_path / "named.toml"))
    assert thresholds()["IC2"].share("critical") == 0.4
