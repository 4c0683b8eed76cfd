"""Every reader gets every column of every table that ingest and assembly fill, and all get the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.dataset as ds
import pytest
from otlp_lines import mixed_lines

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES
from warehouse.lake.ingest import ingest
from warehouse.lake.optimize import optimize
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import INGEST_TABLES, LEDGER
from warehouse.schemas.parquet import statistics_columns
from warehouse.schemas.registry import TABLES
from warehouse.traces.assemble import assemble

READ = (*INGEST_TABLES, *ASSEMBLED_TABLES, LEDGER)
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readers")
    (folder / "source").write_text(mixed_lines(0, 3_000, padding=5) + "broken\n")
    ingest([folder / "source"], folder / "lake")
    assemble(folder / "lake", settle=True)
    optimize(folder / "lake")
    for first in (3_000, 3_150):  # of the last of three dates
        assemble(folder / "lake", settle=True)
        (folder / "later").write_text(mixed_lines(first, 150, padding=5))
        ingest([folder / "later"], folder / "lake")
    return folder / "lake"


def test_files_of_every_stage_are_there(lake: Path) -> None:
    found = snapshot(lake)
    names = {uri.rpartition("/")[2] for name in ("spans", "spans_landing") for uri in found[name].file_uris()}
    assert {name.partition("-")[0] for name in names} == {"settled", "assembled", "part"}


def _sorted(name: str, columns: list[list[Any]]) -> Rows:
    """Rows in one order, maps as dicts whichever way a reader gives them."""
    kinds = [c.type for c in TABLES[name].columns]
    plain = [
        [dict(v) for v in values] if kind == "map" else values
        for kind, values in zip(kinds, columns, strict=True)
    ]
    return sorted(zip(*plain, strict=True), key=repr)


def _by_delta_rs(lake: Path, name: str) -> Rows:
    table = snapshot(lake)[name].to_pyarrow_table()
    return _sorted(name, [table[c].to_pylist() for c in TABLES[name].column_names])


def _by_duckdb(lake: Path, name: str) -> Rows:
    files, columns = snapshot(lake)[name].file_uris(), ", ".join(TABLES[name].column_names)
    found = duckdb.sql(f"select {columns} from read_parquet({files}, hive_partitioning = true)").fetchall()
    return _sorted(name, [list(values) for values in zip(*found, strict=True)])


@pytest.mark.parametrize("name", READ)
def test_delta_rs_and_duckdb_read_the_same(lake: Path, name: str) -> None:
    rows = _by_delta_rs(lake, name)
    assert rows
    assert _by_duckdb(lake, name) == rows


@pytest.mark.parametrize("name", READ)
def test_statistics_in_the_log_are_true(lake: Path, name: str) -> None:
    table = snapshot(lake)[name]
    actions, files = table.get_add_actions(flatten=True), table.file_uris()
    fields = statistics_columns(TABLES[name])
    assert fields
    for field in fields:
        low, high, nulls, rows = duckdb.sql(
            f"select min({field}), max({field}), count(*) - count({field}), count(*) "
            f"from read_parquet({files})"
        ).fetchall()[0]
        assert _least(actions[f"min.{field}"].to_pylist()) == low, field
        assert _greatest(actions[f"max.{field}"].to_pylist()) == high, field
        assert sum(actions[f"null_count.{field}"].to_pylist()) == nulls, field
        assert sum(actions["num_records"].to_pylist()) == rows


def _least(values: list[Any]) -> Any:
    return min((v for v in values if v is not None), default=None)


def _greatest(values: list[Any]) -> Any:
    return max((v for v in values if v is not None), default=None)


def _traces(lake: Path) -> dict[str, int]:
    """Spans of each trace, counted without any filter."""
    ids = snapshot(lake)["spans"].to_pyarrow_table(columns=["trace_id"])["trace_id"].to_pylist()
    return {trace: ids.count(trace) for trace in sorted(set(ids))[::40]}


def test_bloom_filters_find_every_trace_and_rule_others_out(lake: Path) -> None:
    table = snapshot(lake)["spans"]
    for trace, spans in _traces(lake).items():
        found = duckdb.sql(
            f"select count(*) from read_parquet({table.file_uris()}) where trace_id = '{trace}'"
        )
        assert found.fetchall() == [(spans,)]
        assert table.to_pyarrow_dataset().count_rows(filter=ds.field("trace_id") == trace) == spans
    probe = "select bloom_filter_excludes from parquet_bloom_probe('{}', 'trace_id', '{:032x}')"
    ruled_out = [duckdb.sql(probe.format(f, n)).fetchall() for f in table.file_uris() for n in range(100)]
    assert sum(found.count((True,)) for found in ruled_out) > 0.5 * sum(map(len, ruled_out))


SPARK = """
import json, sys
from pyspark.sql import SparkSession
from warehouse.schemas.parquet import statistics_columns
from warehouse.schemas.registry import TABLES
from warehouse.schemas.spark import spark_schema
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
assert spark.conf.get("spark.sql.parquet.enableVectorizedReader") == "true"
counts = {}
for name, files in json.load(sys.stdin).items():
    schema = spark_schema(TABLES[name])
    frame = spark.read.schema(schema).option("basePath", sys.argv[1] + "/" + name).parquet(*files)
    rows = frame.select(*schema.names).collect()
    counts[name] = [len(rows), sum(value is None for row in rows for value in row)]
    if name == "spans":
        counts["by_trace"] = {t: frame.where(frame.trace_id == t).count() for t in sys.argv[2:]}
print(json.dumps(counts))
"""


@pytest.mark.slow
def test_spark_reads_every_column_with_its_vectorised_reader(lake: Path, tmp_path: Path) -> None:
    import json

    assert shutil.which("java"), "Spark needs Java 17"
    files, traces = {name: snapshot(lake)[name].file_uris() for name in READ}, _traces(lake)
    done = subprocess.run(
        [sys.executable, "-c", SPARK, str(lake), *traces],
        input=json.dumps(files),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    counts = json.loads(done.stdout.splitlines()[-1])
    assert counts.pop("by_trace") == traces
    for name, (rows, nulls) in counts.items():
        expected = _by_delta_rs(lake, name)
        assert rows == len(expected), name
        assert nulls == sum(value is None for row in expected for value in row), name
