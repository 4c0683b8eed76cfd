"""Every check of the gate passes clean data and fails its own planted defect, alone."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from planted_defects import DEFECTS, FAMILIES
from star_under_test import Star

from data_quality.audit import audit
from data_quality.check import Check
from data_quality.scope import Scope, dated_tables, redone
from data_quality.suites import SUITES, keys, ledger

CHECKS = {check.name: check for checks in SUITES.values() for check in checks()}
FACTS = ("fct_spans", "fct_span_events", "fct_span_links", "fct_log_records", "fct_metric_points")
# The small lake holds what the telemetry suite warns of; these rows go, with all that counts them.
_CLEANING = """
create temp table odd as select operation_key from dim_operation
    where span_name in ('pay', 'loop', 'no ids', 'long ago', 'never');
delete from fct_spans where operation_key in (from odd);
delete from fct_span_events where (trace_id, span_id) not in (select trace_id, span_id from fct_spans);
delete from fct_span_links where (trace_id, span_id) not in (select trace_id, span_id from fct_spans);
delete from cube_span_latency where operation_key in (from odd);
delete from cube_span_latency_cells where operation_key in (from odd);
delete from fct_log_records where severity_number > 24;
delete from lake.rejects;
update dim_service set is_named = true;
-- Constraints are proved in a room of their own.
drop table fct_integrity_violations;
update fct_ingest_files set
    spans_landing_rows = (select count(*) from fct_spans),
    spans = (select count(*) from fct_spans) + rejected_spans,
    log_records_rows = (select count(*) from fct_log_records),
    log_records = (select count(*) from fct_log_records);
"""


@pytest.fixture(scope="session")
def clean(star: Star, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose facts are tables that no check objects to."""
    file = tmp_path_factory.mktemp("gate") / "clean.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute(f"attach '{star.warehouse}' as star (read_only)")
        for (name,) in con.sql(
            "select table_name from duckdb_columns() where database_name = 'star' and schema_name = 'main' "
            "and regexp_matches(table_name, '^(dim|fct|cube|daily)_') group by all"
        ).fetchall():
            con.execute(f"create table {name} as from star.main.{name}")
        con.execute("create schema lake")
        for name in ("rejects", "spans_landing"):
            con.execute(f"create table lake.{name} as from star.lake.{name}")
        con.execute(_CLEANING)
    return file


def test_every_check_has_a_defect() -> None:
    names = [check.name for checks in SUITES.values() for check in checks()]
    assert len(names) == len(set(names))
    assert set(names) == set(DEFECTS)


def test_only_faults_of_the_telemetry_itself_are_warnings() -> None:
    for name, checks in SUITES.items():
        assert {c.severity for c in checks()} == {"warning" if name == "telemetry" else "critical"}, name


def test_clean_data_passes_every_check(clean: Path) -> None:
    assert [o.check.name for o in audit(clean) if not o.is_passed] == []


def _reads(check: Check, tables: set[str]) -> bool:
    query = getattr(check.expectation, "unexpected_rows_query", "")
    return check.table in tables or any(re.search(rf"\b{t}\b", query) for t in tables)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_fails_its_check_alone(name: str, clean: Path, tmp_path: Path) -> None:
    file = shutil.copy(clean, tmp_path / "planted.duckdb")
    with duckdb.connect(str(file)) as con:
        con.execute(DEFECTS[name])
    # A check that reads none of the changed tables passes as before: only the others are run.
    changed = set(re.findall(r"(?:update|insert into|delete from) (\w+)", DEFECTS[name]))
    concerned = {"concerned": [c for c in CHECKS.values() if _reads(c, changed)]}
    assert [o.check.name for o in audit(Path(file), concerned) if not o.is_passed] == [name]


@pytest.mark.parametrize("family", FAMILIES)
def test_defects_are_found_on_dates_looked_at_alone(family: str, clean: Path, tmp_path: Path) -> None:
    """All defects of a family at once: found where they lie on a redone date, or in a table without dates."""
    file = Path(shutil.copy(clean, tmp_path / "planted.duckdb"))
    with duckdb.connect(str(file)) as con:
        for defect in FAMILIES[family].values():
            con.execute(defect)
        dated = dated_tables(con)
        days = con.sql("select list(distinct event_date) from fct_spans").fetchall()[0][0]
    checks = [CHECKS[name] for name in FAMILIES[family]]
    here = Scope(frozenset({*days, dt.date(1970, 1, 1), dt.date(2020, 2, 2)}), {})
    found = audit(file, {family: checks}, here)
    assert [o.check.name for o in found if o.is_passed] == []
    assert all(o.dates == (tuple(here.of(o.check.table)) if o.check.table in dated else None) for o in found)
    elsewhere = audit(file, {family: checks}, Scope(frozenset({dt.date(2031, 1, 1)}), {}))
    assert {o.check.name for o in elsewhere if not o.is_passed} == {
        check.name for check in checks if check.table not in dated
    }


def test_a_trace_of_a_redone_date_is_looked_for_on_the_dates_beside_it(clean: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(clean, tmp_path / "planted.duckdb"))
    with duckdb.connect(str(file)) as con:
        con.execute(
            "insert into fct_traces select * replace (trace_date - 1 as trace_date) from fct_traces limit 1"
        )
        (day,) = con.sql("select trace_date from fct_traces limit 1").fetchone() or ()
    checks = {"keys": [CHECKS["fct_traces_unique"]]}
    assert [o.is_passed for o in audit(file, checks, Scope(frozenset({day}), {}))] == [False]


def test_what_a_build_redid_is_looked_at_and_a_table_of_months_on_its_own_dates(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "star.duckdb")) as con:
        con.execute(
            "create schema lake; create schema intermediate; create table lake.lake_dates as "
            "select unnest([date '2026-11-01', '2026-11-02', '2026-11-03']) as event_date; create table "
            "intermediate.redone_dates (model_name varchar, event_date date, period varchar)"
        )
        first, second, third = (dt.date(2026, 11, day) for day in (1, 2, 3))
        assert redone(con) == Scope(frozenset(), {}), "nothing changed"
        rows = [("cube", third, "day"), ("days", second, "day"), ("months", first, "month")]
        con.executemany("insert into intermediate.redone_dates values (?, ?, ?)", rows)
        scope = redone(con)
        assert scope is not None and scope.of("cube") == [second, third]
        assert scope.of("months") == [first, second, third]
        con.execute("insert into intermediate.redone_dates values ('cube', '2026-11-01', 'day')")
        assert redone(con) is None, "every date"


def test_the_users_file_lets_a_share_of_wrong_numbers_pass(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(shutil.copy(clean, tmp_path / "planted.duckdb"))
    with duckdb.connect(str(file)) as con:
        for name in ("fct_spans_unique", "ledger_exemplars_rows"):
            con.execute(DEFECTS[name])
    own = tmp_path / "own.toml"
    own.write_text("[duplicates]\nwarning = 0\ncritical = 0.5\n[reconciliation]\ncritical = 0.9")
    monkeypatch.setenv("OTLP_WAREHOUSE_THRESHOLDS", str(own))
    suites = {"keys": keys(), "ledger": ledger()}
    assert [(o.check.name, o.check.severity) for o in audit(file, suites) if not o.is_passed] == [
        ("fct_spans_unique_warning", "warning")
    ]


def test_a_check_that_cannot_run_is_no_passed_check(clean: Path, tmp_path: Path) -> None:
    file = shutil.copy(clean, tmp_path / "incomplete.duckdb")
    with duckdb.connect(str(file)) as con:
        con.execute("alter table dim_scope rename column scope_key to scope")
    checks = {"references": [CHECKS["fct_spans_scope_key_resolves"]]}
    with pytest.raises(RuntimeError, match="fct_spans_scope_key_resolves could not run"):
        audit(Path(file), checks)


def test_the_gate_process_records_results_and_tells_critical_from_warning(
    clean: Path, tmp_path: Path
) -> None:
    file = shutil.copy(clean, tmp_path / "recorded.duckdb")
    with duckdb.connect(str(file)) as con:
        con.execute(DEFECTS["dim_service_named"])
        con.execute(DEFECTS["daily_service_health_apdex_range"])
        con.execute(DEFECTS["ledger_spans_landing_rows"])
    command = [sys.executable, "-m", "data_quality.gate", str(file), "--record"]
    gate = subprocess.run(command, capture_output=True, text=True, check=False)
    assert gate.returncode == 1, gate.stderr
    summary = json.loads(gate.stdout.splitlines()[-1])
    assert (summary["passed"], summary["failed"]) == (len(CHECKS) - 3, 3)
    (reconciled, apdex), (unnamed,) = sorted(summary["critical"], reverse=True), summary["warnings"]
    assert apdex.startswith("daily_service_health_apdex_range") and unnamed.startswith("dim_service_named")
    assert unnamed.endswith(" (1 row)") and " (1 row); " in apdex
    assert apdex.endswith("; run `otlp-warehouse build --full-refresh`")
    assert reconciled.startswith("ledger_spans_landing_rows: not true that the spans that files wrote are in")
    assert "[reconciliation] in otlp-warehouse-thresholds.toml" in reconciled
    with duckdb.connect(str(file), read_only=True) as con:
        rows = con.sql(
            "select expectation_name, severity from fct_quality_results where not is_passed order by all"
        ).fetchall()
        assert rows == [
            ("daily_service_health_apdex_range", "critical"),
            ("dim_service_named", "warning"),
            ("ledger_spans_landing_rows", "critical"),
        ]
        assert con.sql("select count(*) from fct_quality_results").fetchone() == (len(CHECKS),)
