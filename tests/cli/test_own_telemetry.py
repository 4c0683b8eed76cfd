"""Runs record themselves as OpenTelemetry, and the warehouse reads that like any other telemetry."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli import EXAMPLES, run, sentence

from warehouse.telemetry import span

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake, its served file, and the telemetry of the runs that made them."""
    folder = tmp_path_factory.mktemp("recorded")
    own = {"OTLP_WAREHOUSE_TELEMETRY": f"{folder / 'own'}/"}
    for verb in (["ingest", EXAMPLES / "traces"], ["build"]):
        done = run(*verb, "--json", cwd=folder, env=own)
        assert done.returncode == 0, done.stderr
        assert "This run is trace" in done.stderr and json.loads(done.stdout)
    return folder


def _trace_of(folder: Path, pattern: str, tmp_path: Path) -> dict[str, Any]:
    (file,) = (folder / "own").glob(pattern)
    lake = tmp_path / "lake"
    taken = run("ingest", file, "--lake", lake, "--json")
    assert json.loads(taken.stdout)["rejects"] == 0
    assert run("assemble", "--lake", lake).returncode == 0
    spans = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    first = next(line for line in spans if "resourceSpans" in line)
    trace_id = first["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"]
    done = run("trace", trace_id, "--lake", lake, "--json")
    assert done.returncode == 0, done.stderr
    drawn = run("trace", trace_id, "--lake", lake)
    assert "Critical path: otlp-warehouse" in drawn.stdout
    trace: dict[str, Any] = json.loads(done.stdout)
    assert [row["violations"] for row in trace["spans"] if row["violations"]] == [], "ours hold what we check"
    return trace


def _metrics(folder: Path, pattern: str) -> dict[str, dict[str, float]]:
    """Unit and attributes -> value of every data point; a histogram's value is how often it was recorded."""
    (file,) = (folder / "own").glob(pattern)
    found: dict[str, dict[str, float]] = {}
    for line in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        for metric in (
            m for r in line.get("resourceMetrics", ()) for s in r["scopeMetrics"] for m in s["metrics"]
        ):
            for point in (metric.get("sum") or metric["histogram"])["dataPoints"]:
                about = ",".join(str(*a["value"].values()) for a in point.get("attributes", ()))
                value = float(point.get("asInt", point.get("count", 0)))
                found.setdefault(f"{metric['name']} {metric['unit']}", {})[about] = value
    return found


def _named(trace: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [row for row in trace["spans"] if row["name"] == name]


def test_an_ingest_is_one_whole_trace(recorded: Path, tmp_path: Path) -> None:
    trace = _trace_of(recorded, "ingest-*.jsonl", tmp_path)
    assert trace["is_complete"] and trace["root_operation_name"] == "otlp-warehouse ingest"
    for phase in ("plan", "convert", "commit"):
        (found,) = _named(trace, phase)
        assert found["level"] == 1 and found["duration_nano"] > 0
    (root,) = _named(trace, "otlp-warehouse ingest")
    assert root["attributes"]["process.exit.code"] == 0
    assert sum(row["critical_path_nano"] for row in trace["spans"]) == root["duration_nano"]


def test_an_ingest_counts_what_it_read_and_wrote(recorded: Path) -> None:
    metrics = _metrics(recorded, "ingest-*.jsonl")
    ledger = json.loads(run("status", "--json", cwd=recorded).stdout)
    assert metrics["otlp_warehouse.files.read {file}"] == {"": ledger["files"]}
    assert metrics["otlp_warehouse.bytes.read By"] == {"": ledger["bytes"]}
    assert metrics["otlp_warehouse.records.rejected {record}"] == {"": ledger["rejects"]}
    written = metrics["otlp_warehouse.rows.written {row}"]
    assert written["spans_landing"] == ledger["rows"]["spans"] > 0
    stages = metrics["otlp_warehouse.stage.duration s"]
    assert stages["plan"] == stages["commit"] == 1 <= stages["convert"]


def test_a_build_counts_rows_models_and_checks(recorded: Path) -> None:
    metrics = _metrics(recorded, "build-*.jsonl")
    spans = metrics["otlp_warehouse.rows.written {row}"]["spans"]
    assert spans == metrics["otlp_warehouse.rows.read {row}"]["spans"] > 0
    assert metrics["otlp_warehouse.models.built {model}"][""] > 20
    assert sum(metrics["otlp_warehouse.checks.made {check}"].values()) > 20
    assert {"assemble", "judge dates", "models", "publish"} <= set(metrics["otlp_warehouse.stage.duration s"])


def test_a_build_tells_models_checks_and_publishing(recorded: Path, tmp_path: Path) -> None:
    trace = _trace_of(recorded, "build-*.jsonl", tmp_path)
    assert trace["is_complete"] and trace["orphan_count"] == 0
    names = [row["name"] for row in trace["spans"]]
    for phase in ("assemble", "survey", "units", "models", "checks", "publish"):
        assert phase in names, names
    models = [row for row in trace["spans"] if row["attributes"].get("db.system.name") == "duckdb"]
    assert {"dim_service", "cube_span_latency", "daily_service_health"} <= {row["name"] for row in models}
    assert sum(name.startswith("check ") for name in names) > 10
    (built,) = _named(trace, "models")
    assert all(row["parent_span_id"] == built["span_id"] for row in models)


def test_a_run_that_fails_says_so(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    done = run("status", "--telemetry", file, cwd=tmp_path)
    assert done.returncode == 3
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    (root,) = [
        s for line in lines for r in line.get("resourceSpans", ()) for s in r["scopeSpans"][0]["spans"]
    ]
    assert root["status"]["code"] == 2
    assert {a["key"] for a in root["attributes"]} >= {"process.exit.code", "error.type"}
    scopes = [s for line in lines for r in line.get("resourceMetrics", ()) for s in r["scopeMetrics"]]
    assert [m["name"] for s in scopes for m in s["metrics"]] == ["otlp_warehouse.run.duration"]


def test_the_reason_is_the_last_line_of_a_part_of_a_trace(tmp_path: Path) -> None:
    parent = {"TRACEPARENT": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    done = run("status", "--telemetry", tmp_path / "own.jsonl", cwd=tmp_path, env=parent)
    assert "There is no lake" in sentence(done, 3)
    (line, _) = (tmp_path / "own.jsonl").read_text(encoding="utf-8").splitlines()
    (span,) = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (span["traceId"], span["parentSpanId"]) == ("ab" * 16, "cd" * 8)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("doctor", "--telemetry", tmp_path / "file" / "own.jsonl", cwd=tmp_path)
    assert "choose another --telemetry" in sentence(done, 3)


def test_it_costs_nothing_when_off() -> None:
    began = time.process_time()
    for _ in range(100_000):
        with span("nothing", rows=1):
            pass
    assert time.process_time() - began < 1, "10 us a span would be felt"
    code = "import sys, warehouse.telemetry; sys.exit('opentelemetry' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
