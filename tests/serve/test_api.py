"""The Python API: typed methods that return Arrow tables, equal to SQL on the served file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from star_under_test import Star

from warehouse import open_warehouse
from warehouse.api import Warehouse
from warehouse.errors import WarehouseError
from warehouse.serve.served_file import connect

pytestmark = pytest.mark.slow
DOCS = Path(__file__).parents[2] / "warehouse" / "API.md"


@pytest.fixture
def house(star: Star) -> Iterator[Warehouse]:
    with open_warehouse(star.warehouse) as opened:
        yield opened


@pytest.fixture
def con(star: Star) -> Iterator[duckdb.DuckDBPyConnection]:
    # DuckDB takes one configuration for all connections of a process to a file.
    with connect(star.warehouse) as connection:
        yield connection


def test_answers_are_those_of_sql(house: Warehouse, con: duckdb.DuckDBPyConnection) -> None:
    (service,) = con.execute(
        "select max_by(service_name, request_count) from daily_service_health"
    ).fetchone()
    begin, end = "timestamp '2000-01-01'", "timestamp '2200-01-01'"
    (trace_id,) = con.execute("select min(trace_id) from fct_traces where span_count > 1").fetchone()
    pairs = [
        (house.service_latency(service), f"from service_latency('{service}', {begin}, {end})"),
        (house.operation_latency(service), f"from operation_latency('{service}', {begin}, {end})"),
        (house.operation_latency(), f"from operation_latency(null, {begin}, {end})"),
        (house.service_map(), f"from service_map({begin}, {end})"),
        (house.trace(trace_id.upper()), f"from fct_spans where trace_id = '{trace_id}'"),
        (house.violations(limit=100_000), "from fct_integrity_violations"),
        (house.violations("ic2"), "from fct_integrity_violations where constraint_id = 'IC2'"),
    ]
    for answer, query in pairs:
        expected = con.execute(query).to_arrow_table()
        assert isinstance(answer, pa.Table) and answer.num_rows > 0, query
        names = [name for name in expected.column_names if name in answer.column_names]
        assert set(answer.column_names) <= set(expected.column_names), query
        assert _rows(answer, names) == _rows(expected, names), query


def _rows(table: pa.Table, names: list[str]) -> list[str]:
    return sorted(map(str, table.select(names).to_pylist()))


def test_a_range_of_time_in_any_notation(house: Warehouse, con: duckdb.DuckDBPyConnection) -> None:
    (day,) = con.execute("select max(event_date) from daily_service_health").fetchone()
    berlin = dt.timezone(dt.timedelta(hours=1))
    after = day + dt.timedelta(days=1)
    in_berlin = dt.datetime.combine(day, dt.time(1), berlin), dt.datetime.combine(after, dt.time(1), berlin)
    answers = [
        house.service_map(day, after),
        house.service_map(day.isoformat(), f"{after.isoformat()}T00:00"),
        house.service_map(*in_berlin),
    ]
    assert answers[0].num_rows > 0
    assert answers[0].equals(answers[1]) and answers[0].equals(answers[2])


def test_parameters_and_mistakes(house: Warehouse, tmp_path: Path) -> None:
    assert house.sql("select $1::int + $2::int as total", [1, 2]).to_pylist() == [{"total": 3}]
    for wrong in (
        lambda: house.sql("select nothing"),
        lambda: house.trace("abc"),
        lambda: house.service_map("yesterday"),
        lambda: open_warehouse(tmp_path / "none.duckdb"),
    ):
        with pytest.raises(WarehouseError) as raised:
            wrong()
        assert "\n" not in str(raised.value)
    assert house.trace("0123456789abcdef" * 2).num_rows == 0


def test_a_process_that_has_the_file_open_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)), pytest.raises(WarehouseError, match="close that connection first"):
        open_warehouse(file)


def test_it_cannot_write(house: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="read-only"):
        house.sql("create table own as select 1")


def test_the_documented_examples_run(star: Star, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTLP_WAREHOUSE_WAREHOUSE", str(star.warehouse))
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(DOCS), "exec"), names)
