"""Conversion of traces on one core: ours against DuckDB and against orjson + pyarrow, in one sitting.

`python -m benchmarks.convert` prints a table; `--json` one object. See README.md for what is compared.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.door import ROOT, arguments_of, run
from benchmarks.frozen_data import frozen_traces

RUNS = (
    ("ours, JSON -> Delta", "ours", "json"),
    ("ours, protobuf -> Delta", "ours", "proto"),
    ("DuckDB read_json + unnest -> Parquet", "duckdb", "json"),
    ("orjson + pyarrow -> Parquet, no gc", "orjson", "json"),
)


def run_once(contender: str, source: Path) -> dict[str, Any]:
    """One conversion in a new process on this process's core."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.contenders",
                contender,
                str(source),
                str(Path(folder) / "out"),
            ],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
        )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def benchmark(folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """Every contender `rounds` times, taking turns; the medians count."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, frames = frozen_traces(folder, spans)
    sources = {"json": lines, "proto": frames}
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    measured: dict[str, list[dict[str, Any]]] = {name: [] for name, _, _ in RUNS}
    for _ in range(rounds):
        for name, contender, form in RUNS:
            measured[name].append(run_once(contender, sources[form]))
    counts = {m["spans"] for runs in measured.values() for m in runs}
    if len(counts) != 1:
        raise SystemExit(f"the contenders disagree about the number of spans: {sorted(counts)}")
    (count,) = counts
    results = [
        {
            "name": name,
            "spans_per_second": count / statistics.median(m["seconds"] for m in measured[name]),
            "spans_per_cpu_second": count / statistics.median(m["cpu_seconds"] for m in measured[name]),
            "bytes_per_span": measured[name][0]["bytes"] / count,
            "peak_rss_bytes": statistics.median(m["peak_rss_bytes"] for m in measured[name]),
        }
        for name, _, _ in RUNS
    ]
    # On an idle machine both rates are the same; on a busy one only processor time compares.
    speed = [r["spans_per_cpu_second"] for r in results]
    return {
        "spans": count,
        "rounds": rounds,
        "json_bytes_per_span": lines.stat().st_size / count,
        "protobuf_bytes_per_span": frames.stat().st_size / count,
        "results": results,
        "ratios": {
            "json_over_duckdb": speed[0] / speed[2],
            "json_over_orjson": speed[0] / speed[3],
            "protobuf_over_duckdb": speed[1] / speed[2],
            "protobuf_over_orjson": speed[1] / speed[3],
        },
    }


def show(report: dict[str, Any]) -> None:
    table = Table(
        title=f"{report['spans']:,} spans, {report['json_bytes_per_span']:.0f} B/span JSON, one core"
    )
    for heading in ("", "spans/s", "spans/CPU s", "ours (JSON) is", "B/span written", "peak memory"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=not heading)
    fastest = report["results"][0]["spans_per_cpu_second"]
    for number, result in enumerate(report["results"]):
        table.add_row(
            result["name"],
            f"{result['spans_per_second']:,.0f}",
            f"{result['spans_per_cpu_second']:,.0f}",
            "" if number == 0 else f"{fastest / result['spans_per_cpu_second']:.1f}x",
            f"{result['bytes_per_span']:.0f}",
            f"{result['peak_rss_bytes'] / 1e6:,.0f} MB",
        )
    Console().print(table)


def main() -> None:
    run(arguments_of(__doc__).parse_args(), benchmark, show)


if __name__ == "__main__":
    main()
