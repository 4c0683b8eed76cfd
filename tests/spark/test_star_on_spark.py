"""The star that dbt builds on Spark equals the one of DuckDB, table by table and row by row."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

sys.path.append(str(Path(__file__).parents[1] / "serve"))

from late_batch import late_batch
from small_lake import small_rows, write_lake

from jobs.build_star import main
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.serve.build import build
from warehouse.serve.dbt_run import run_models
from warehouse.spark.built_star import BuiltStar
from warehouse.traces.assemble import assemble

pytestmark = [pytest.mark.surfaces, pytest.mark.spark]
ON_SPARK = {
    *(
        "dim_date",
        "dim_metric",
        "dim_metric_stream",
        "dim_operation",
        "dim_resource",
        "dim_scope",
        "dim_service",
    ),
    *("dim_severity", "dim_span_kind", "dim_status", "dim_time"),
    *("fct_spans", "fct_traces", "fct_service_calls", "fct_span_events", "fct_span_links", "fct_log_records"),
    *("fct_exemplars", "fct_metric_points", "fct_integrity_violations", "fct_ingest_files"),
    *("cube_span_latency", "cube_service_latency", "cube_service_calls", "cube_critical_path"),
    *("daily_service_health", "int_call_exceptions", "int_log_days", "int_operation_days", "int_span_days"),
    *("int_cell_days", "int_stream_days"),
}


def _content(con: duckdb.DuckDBPyConnection, relation: str, columns: dict[str, str]) -> list[Any]:
    """Sorted rows; doubles to twelve digits, for engines differ in the last of a power."""
    read = ", ".join(
        f"printf('%.11e', {name})" if kind == "DOUBLE" else name for name, kind in columns.items()
    )
    return con.sql(f"select {read} from {relation} order by all").fetchall()


def _differing(served: Path, star: Path) -> set[str]:
    """Names of the tables whose columns, types or rows are others than those of the served file."""
    found = set()
    with duckdb.connect(str(served), read_only=True) as con:
        schemas = dict(con.sql("select table_name, table_schema from information_schema.tables").fetchall())
        for name in ON_SPARK:
            columns = dict(row[:2] for row in con.sql(f"describe {schemas[name]}.{name}").fetchall())
            files = DeltaTable(star / name).file_uris()
            delta = f"read_parquet({files!r}, hive_partitioning = true)"
            if not files:
                found |= {name} if con.sql(f"from {schemas[name]}.{name}").fetchall() else set()
                continue
            typed = dict(row[:2] for row in con.sql(f"describe from {delta}").fetchall())
            same = typed == columns and _content(con, f"{schemas[name]}.{name}", columns) == _content(
                con, delta, columns
            )
            found |= set() if same else {name}
    return found


def _by_connect(environment: dict[str, str], lake: Path, star: Path) -> dict[str, Any]:
    """Build in a client of the Connect server, which has no Java; what the job tells."""
    job = [sys.executable, "-m", "jobs.build_star", "--lake", str(lake), "--out", str(star), "--json"]
    without = environment | {"JAVA_HOME": "/nowhere"}
    done = subprocess.run(job, cwd=lake.parent, env=without, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_star_equals_that_of_duckdb_and_follows_the_lake(
    spark: SparkSession,
    connect_environment: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first build is that of a client of Spark Connect, the next one of a session of its own."""
    rows = small_rows()
    lake, served, star = write_lake(tmp_path / "lake", rows), tmp_path / "served.duckdb", tmp_path / "star"
    build(lake, served)
    told = _by_connect(connect_environment, lake, star)
    assert set(told["rows"]) == ON_SPARK
    assert told["dates"] == ["1970-01-01", "2026-11-20", "2026-11-21"]
    assert _differing(served, star) == set()
    assert main(["--lake", str(lake), "--out", str(star)]) == 0
    assert "Nothing new" in capsys.readouterr().out
    late = [row for row in late_batch(rows)["spans_landing"] if str(row["event_date"]) > "2026-11-20"]
    write_lake(lake, {"spans_landing": late, "ingest_files": rows["ingest_files"]}, batch=2)
    assemble(lake, settle=True)
    with duckdb.connect(str(served)) as con:
        lake_views.create(con, lake, snapshot(lake))
    run_models(served, tmp_path)
    assert main(["--lake", str(lake), "--out", str(star), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dates"] == ["2026-11-21", "2026-11-22"]
    assert _differing(served, star) == set()

    with duckdb.connect(str(served)) as con:
        con.execute("update cube_span_latency set span_count = span_count + 1 where grain = 'day'")
        con.execute("alter table dim_time alter minute_of_day type bigint")
    assert _differing(served, star) == {"cube_span_latency", "dim_time"}, "the comparison sees what differs"


def test_dates_are_due_when_a_file_of_theirs_differs() -> None:
    last = BuiltStar("models", {}, {"spans": {"2026-11-20": "a", "2026-11-21": "b"}, "log_records": {}})
    now = BuiltStar("models", {}, {"spans": {"2026-11-21": "c"}, "log_records": {"2026-11-22": "d"}})
    assert now.changed_since(last) == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert now.changed_since(now) == []
    assert now.changed_since(None) is None
    assert now.changed_since(BuiltStar("others", {}, now.dates)) is None
