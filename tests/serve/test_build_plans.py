"""How DuckDB plans the cubes of a large day: what is large streams through joins and is kept by none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from star_under_test import Star

CUBES = ("cube_span_latency", "cube_span_latency_cells", "cube_service_latency")
LARGE = ("READ_PARQUET", "ORDER_BY")
"""Operators whose rows are as many as spans, or as the rows of a cube, in their order."""


@pytest.fixture(scope="module")
def large(star: Star, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The star, planned as if the lake held ten thousand times its spans."""
    file = shutil.copy(star.warehouse, tmp_path_factory.mktemp("plans") / "star.duckdb")
    with duckdb.connect(str(file)) as con:
        (spans,) = con.sql("select sql from duckdb_views() where view_name = 'spans'").fetchall()[0]
        con.execute(spans.replace("lake.spans", "lake.few_spans", 1))
        con.execute("create or replace view lake.spans as from lake.few_spans cross join range(10000)")
        con.execute("set variable due_dates = (select list(distinct event_date) from lake.lake_dates)")
        yield con


def _kept(con: duckdb.DuckDBPyConnection, star: Star, model: str) -> list[str]:
    """The operators below the side of a hash join that is kept in memory."""
    (compiled,) = (star.warehouse.parent / f".{star.warehouse.name}.build").rglob(f"compiled/**/{model}.sql")
    plan = con.sql(f"explain (format json) {Path(compiled).read_text()}").fetchall()[0][1]
    joins = [node for node in _nodes(json.loads(plan)) if node["name"] == "HASH_JOIN"]
    assert len(joins) >= 2
    return [node["name"] for join in joins for node in _nodes(join["children"][1:])]


def _nodes(plans: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in plans:
        yield node
        yield from _nodes(node["children"])


@pytest.mark.parametrize("model", CUBES)
def test_joins_keep_cells_and_no_spans(large: duckdb.DuckDBPyConnection, star: Star, model: str) -> None:
    assert not set(LARGE) & set(_kept(large, star, model))


def test_a_plan_that_keeps_spans_is_noticed(large: duckdb.DuckDBPyConnection, star: Star) -> None:
    large.execute("begin")
    large.execute("alter table intermediate.int_cell_days rename to few_cells")
    large.execute(
        "create view intermediate.int_cell_days as from intermediate.few_cells cross join range(1000000000)"
    )
    assert set(LARGE) & set(_kept(large, star, CUBES[0]))
    large.execute("rollback")
