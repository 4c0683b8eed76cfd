"""Jobs and the data source on Spark Connect: a client without a Java machine, a server that runs Spark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lake_content import content
from otlp_lines import trace_line
from pyspark.sql import SparkSession

from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble

pytestmark = [pytest.mark.slow, pytest.mark.spark]

CLIENT = """
import sys
from jobs import aggregate_services, assemble_traces, ingest_otlp, maintain_lake, stream_service_latency
from warehouse.spark.source import register

source, lake, out = sys.argv[1:]
told = ["--lake", lake, "--json"]
codes = [
    ingest_otlp.main([*told, source]),
    assemble_traces.main(told),
    aggregate_services.main([*told, "--out", f"{out}/cubes"]),
    stream_service_latency.main(
        ["--json", "--source", source, "--progress", f"{out}/progress", "--out", f"{out}/windows"]
    ),
    maintain_lake.main(told),
]
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
register(spark)
spans = spark.read.format("otlp").load(source)
print([type(spark).__module__, spans.where("kind = 2").count(), *codes])
"""


def test_jobs_run_on_a_connect_server(
    spark: SparkSession, connect_environment: dict[str, str], tmp_path: Path
) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.mkdir()
    (source / "spans.jsonl").write_text("".join(trace_line(n) for n in range(40)))
    command = [sys.executable, "-c", CLIENT, str(source), str(lake), str(tmp_path)]
    done = subprocess.run(
        command, cwd=tmp_path, env=connect_environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *told, last = done.stdout.splitlines()
    assert last == str(["pyspark.sql.connect.session", 120, 0, 0, 0, 0, 0]), done.stderr
    ingested, assembled, aggregated, streamed, _ = map(json.loads, told)
    assert ingested["rows"]["spans"] == streamed["spans"] == 120
    ingest([source], tmp_path / "same")
    assert assemble(tmp_path / "same").to_json()["spans"] == assembled["spans"] == 120
    assert content(lake) == content(tmp_path / "same")
    hours = spark.read.format("delta").load(f"{tmp_path}/cubes/cube_span_latency").where("grain = 'hour'")
    assert hours.selectExpr("sum(span_count)").first()[0] == 120
    assert aggregated["rows"]["cube_span_latency"] > 1
