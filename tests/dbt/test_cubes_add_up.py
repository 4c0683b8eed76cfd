"""The data test that compares grains passes the built cubes and fails a planted defect in each of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from dbt_under_test import DbtBuild

_LOST = "delete from {} where rowid = (select min(rowid) from {} where grain = '{}')"


@pytest.mark.parametrize(
    ("defect", "told"),
    [
        (_LOST.format("cube_span_latency", "cube_span_latency", "5min"), "cube_span_latency: 5min and hour"),
        (_LOST.format("cube_span_latency", "cube_span_latency", "day"), "cube_span_latency: hour and day"),
        (
            _LOST.format("cube_service_latency", "cube_service_latency", "hour"),
            "cube_service_latency: hour and day",
        ),
        (
            _LOST.format("cube_service_calls", "cube_service_calls", "hour"),
            "cube_service_calls: hour and day",
        ),
        ("update cube_rollup set span_count = span_count + 1 where level = 'kind'", "cube_rollup: kind"),
        ("update daily_service_health set request_count = 0", "daily_service_health: requests"),
    ],
)
def test_a_planted_defect_is_found(dbt_build: DbtBuild, tmp_path: Path, defect: str, told: str) -> None:
    (node,) = (n for n in dbt_build.manifest["nodes"].values() if n["name"] == "cubes_add_up")
    with duckdb.connect(shutil.copy(dbt_build.file, tmp_path / "build.duckdb")) as con:
        assert con.sql(node["compiled_code"]).fetchall() == []
        con.execute(defect)
        assert told in {row[0] for row in con.sql(node["compiled_code"]).fetchall()}
