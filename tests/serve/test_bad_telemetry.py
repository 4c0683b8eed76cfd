"""Telemetry that is hard on cubes: none at all, days without any, a name per span, another time zone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from small_lake import write_lake
from small_spans import DAY, MIDNIGHT, content_key, span
from star_content import content, redone

from warehouse.lake.snapshot import snapshot
from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.registry import TABLES
from warehouse.serve import dbt_run, lake_views
from warehouse.serve.dbt_run import run_models
from warehouse.serve.project import project_dir
from warehouse.traces.assemble import assemble

pytestmark = pytest.mark.slow
OPERATIONS, KEPT = 100_000, 10_000


def _run(lake: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    assemble(lake, settle=True)
    with duckdb.connect(str(folder / "star.duckdb")) as con:
        lake_views.create(con, lake, snapshot(lake))
    run_models(folder / "star.duckdb", folder)
    return folder / "star.duckdb"


def _bomb() -> pa.Table:
    """A span for each of 100,000 names, two for every hundredth, of two kinds; the rest is one row's."""
    schema = arrow_schema(TABLES["spans_landing"])
    named = [n for n in range(OPERATIONS) for _ in range(2 if n % 100 == 0 else 1)]
    row = span("bomb", "", 2, MIDNIGHT, 1_000_000)
    own = {
        "kind": [2 if n < OPERATIONS // 2 else 3 for n in named],
        "name": [f"GET /user/{n:06d}" for n in named],
        "operation_key": [content_key("operation", n) * 2**20 + n for n in named],
        "trace_id": [f"{i + 1:032x}" for i in range(len(named))],
        "span_id": [f"{i + 1:016x}" for i in range(len(named))],
    }
    columns = [
        pa.array(own[f.name], f.type)
        if f.name in own
        else pa.repeat(pa.scalar(row[f.name], f.type), len(named))
        for f in schema
    ]
    return pa.table(columns, schema=schema)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bomb on the first day, nothing on the second, and a service without a name on the third.

    On the bomb's day another service has one operation, and on another day the bomb's service has: both by
    names behind those that are kept.
    """
    others = [
        span(
            service,
            name,
            2,
            MIDNIGHT + day * DAY + n,
            2_000_000,
            trace_id=f"{n + 1:032x}",
            span_id=f"{n + 1:016x}",
        )
        for n, (service, name, day) in enumerate(
            (
                (None, "GET /", 2),
                ("", "GET /", 2),
                ("shop", "GET /", 2),
                ("shop", "LAST", 0),
                ("bomb", "LAST", 2),
            ),
            start=10**6,
        )
    ]
    root = write_lake(tmp_path_factory.mktemp("bad") / "lake", {"spans_landing": others}, ledger=False)
    write_deltalake(str(root / "spans_landing"), _bomb(), mode="append", partition_by=["event_date"])
    return write_lake(root, {"ingest_files": []})


@pytest.fixture(scope="module")
def con(lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(_run(lake, lake.parent)), read_only=True) as connection:
        yield connection


def test_the_most_frequent_operations_keep_their_cells(con: duckdb.DuckDBPyConnection) -> None:
    for grain in ("5min", "hour", "day"):
        cells = con.execute(
            "select count(distinct operation_key), count(distinct operation_key) filter (is_other), "
            "sum(span_count), coalesce(sum(span_count) filter (is_other), 0) from cube_span_latency "
            "join dim_operation using (operation_key, service_name) "
            "where grain = ? and service_name = 'bomb'",
            [grain],
        ).fetchone()
        assert cells == (KEPT + 3, 2, OPERATIONS + 1001, OPERATIONS - KEPT)
    kept = con.sql(
        "select min(span_name), max(span_name), count(*) filter (span_name like '%00') from dim_operation "
        "where operation_key in (select operation_key from cube_span_latency) and not is_other "
        "and service_name = 'bomb' and span_name <> 'LAST'"
    ).fetchone()
    # A thousand come twice; of the others the first by name stay.
    assert kept == ("GET /user/000000", "GET /user/099900", 1000)
    assert con.sql("select service_name, span_name, kind from dim_operation where is_other").fetchall() == [
        ("bomb", "__other__", 2),
        ("bomb", "__other__", 3),
    ]
    told = (
        "select event_date::varchar, severity, service_name, detail from fct_integrity_violations "
        "where constraint_id = 'CARDINALITY'"
    )
    ((*where, detail),) = con.sql(told).fetchall()
    assert where == ["2026-11-20", "warning", "bomb"]
    assert f"{OPERATIONS} operations" in detail and f"{OPERATIONS - KEPT} spans" in detail


def test_every_operation_of_the_facts_is_known(con: duckdb.DuckDBPyConnection) -> None:
    missing = (
        "select count(*) from fct_spans where operation_key not in (select operation_key from dim_operation)"
    )
    assert con.sql(missing).fetchone() == (0,)
    assert con.sql("select count(*) from dim_operation where not is_other").fetchone() == (OPERATIONS + 5,)


def test_a_day_without_telemetry_is_a_date_without_rows(con: duckdb.DuckDBPyConnection) -> None:
    days = con.sql(
        "select event_date::varchar, count(health) from dim_date "
        "left join daily_service_health using (event_date) group by all order by all"
    ).fetchall()
    assert days == [("1970-01-01", 0), ("2026-11-20", 2), ("2026-11-21", 0), ("2026-11-22", 3)]
    found = con.sql("select request_count from service_latency('bomb', '2026-11-21', '2026-11-22')")
    assert found.fetchone() == (0,)


def test_spans_without_a_service_are_one_service(con: duckdb.DuckDBPyConnection) -> None:
    query = "select request_count from service_latency('(unnamed)', '2026-11-22', '2026-11-23')"
    assert con.sql(query).fetchone() == (2,)


def test_the_clock_may_be_in_any_zone_and_dates_may_be_redone_one_by_one(
    lake: Path, con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed macro has every date redone: here the one that says how many rows are redone at once."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    project = shutil.copytree(project_dir(), tmp_path / "dbt")
    macro = project / "macros" / "by_date" / "dates.sql"
    macro.write_text(macro.read_text().replace("// 20000000", "// 2"))
    monkeypatch.setattr(dbt_run, "project_dir", lambda: project)
    (tmp_path / "far").mkdir()
    before, after = tmp_path / "utc.duckdb", tmp_path / "far" / "star.duckdb"
    for copy in (before, after):
        shutil.copy(lake.parent / "star.duckdb", copy)
    assert content(_run(lake, after.parent)) == content(before)
    dates = redone(after)
    assert len(dates) > 10 and set(map(tuple, dates.values())) == {("2026-11-20", "2026-11-22")}


def test_a_lake_without_rows_gives_marts_without_rows(tmp_path: Path) -> None:
    lake = write_lake(tmp_path / "lake", {"ingest_files": []})
    with duckdb.connect(str(_run(lake, tmp_path / "star")), read_only=True) as con:
        filled = [
            name
            for (name,) in con.sql(
                "select table_name from information_schema.tables where table_schema = 'main'"
            ).fetchall()
            if con.sql(f"select count(*) from {name}").fetchone() != (0,)
        ]
        assert sorted(filled) == ["dim_date", "dim_severity", "dim_span_kind", "dim_status", "dim_time"]
        assert con.sql("from operation_latency(null, '2026-11-20', '2026-11-22')").fetchall() == []
        assert con.sql(f"from trace_spans('{'a' * 32}')").fetchall() == []
