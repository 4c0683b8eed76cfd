"""Windowed p99 of a stream equals that of the batch cube; what is later than the watermark is counted."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from otlp_lines import BASE_NANO, MINUTE_NANO, trace_line
from pyspark.sql import SparkSession

from jobs.stream_service_latency import main
from warehouse.lake.ingest import ingest
from warehouse.serve.build import build

pytestmark = [pytest.mark.slow, pytest.mark.spark]


def test_windows_equal_the_batch_cube_and_late_spans_are_counted(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    source.mkdir()
    (source / "1").write_text("".join(trace_line(n) for n in range(60)))
    ingest([source], lake)
    build(lake, tmp_path / "warehouse.duckdb")
    command = [
        "--source",
        str(source),
        "--out",
        str(tmp_path / "out"),
        "--progress",
        str(tmp_path / "progress"),
    ]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"spans": 180, "late": 0}
    # Later files: one beyond the watermark, one that moves it on, and a copy of what was read.
    (source / "2").write_text(trace_line(2).replace(f"{3:032x}", "e" * 32))
    (source / "3").write_text(trace_line(59) + trace_line(400))
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"spans": 9, "late": 3}
    found = spark.read.format("delta").load(str(tmp_path / "out"))
    stream = {
        (int(r.at), r.service_name): (r.request_count, r.p99_nano)
        for r in found.selectExpr("unix_seconds(period_start_at) as at", "*").collect()
    }
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as con:
        batch = {
            (at, service): (count, p99)
            for at, service, count, p99 in con.sql(
                """select epoch(period_start_at)::bigint, service_name, sum(request_count)::bigint,
                    latency_quantile(bucket_index, request_count, 0.99)
                from cube_service_latency where grain = '5min' group by all"""
            ).fetchall()
        }
    assert len(stream) > 40
    assert {k: v[0] for k, v in stream.items()} == {k: v[0] for k, v in batch.items()}
    assert all(stream[k][1] == pytest.approx(batch[k][1], rel=1e-12) for k in batch)
    assert max(at for at, _ in stream) * 10**9 < BASE_NANO + 65 * MINUTE_NANO
