"""Conversion of ever larger files, by one worker and by two: throughput, memory, bytes written.

`python -m benchmarks.scaling` prints a table; `--json` one object. The files repeat the frozen day.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.door import ROOT, arguments_of, run
from benchmarks.frozen_data import frozen_traces

SIZES = (100_000_000, 1_000_000_000, 5_000_000_000)
"""Bytes of JSON lines, about."""


def measure(source: Path, lake: Path, workers: int) -> dict[str, float]:
    """One ingest in this process. Imports are paid before."""
    from warehouse.lake.ingest import ingest

    wall, processor = time.perf_counter(), time.process_time()
    spans = ingest([source], lake, workers=workers).rows["spans_landing"]
    return {
        "spans": spans,
        "seconds": time.perf_counter() - wall,
        "processor_seconds": time.process_time() - processor,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _runs(source: Path, workers: int, rounds: int) -> dict[str, float]:
    """Medians over new processes; one worker has one core."""
    cores = sorted(os.sched_getaffinity(0))[-workers:]
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=source.parent) as folder:
            command = ["taskset", "-c", ",".join(map(str, cores)), sys.executable, "-m", "benchmarks.scaling"]
            command += ["--workers", str(workers), str(source), str(Path(folder) / "lake")]
            done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
            found.append(json.loads(done.stdout))
    return {name: statistics.median(run[name] for run in found) for name in found[0]}


def benchmark(folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """Every size with one worker, the middle one with two as well."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, _ = frozen_traces(folder, spans)
    results = []
    for size in SIZES:
        repeated = folder / f"repeated-{size}.jsonl"
        if size > shutil.disk_usage(folder).free // 2:
            raise SystemExit(
                f"{folder} has too little room for a file of {size} bytes: give another --folder"
            )
        try:
            with repeated.open("wb") as target:
                while target.tell() < size:
                    with lines.open("rb") as day:
                        target.writelines(day.readlines(size - target.tell()))
            for workers in (1, 2) if size == SIZES[1] else (1,):
                found = _runs(repeated, workers, rounds)
                found |= {"bytes": repeated.stat().st_size, "workers": workers}
                results.append(found | {"spans_per_second": found["spans"] / found["seconds"]})
        finally:
            repeated.unlink(missing_ok=True)
    alone = [r["spans_per_second"] for r in results if r["workers"] == 1]
    (pair,) = (r["spans_per_second"] for r in results if r["workers"] == 2)
    return {
        "rounds": rounds,
        "results": results,
        "two_workers_over_one": pair / alone[1],
        "slowest_over_fastest": min(alone) / max(alone),
    }


def show(report: dict[str, Any]) -> None:
    table = Table(title="JSON -> Delta by size")
    for heading in ("GB", "workers", "spans/s", "us of processor a span", "peak memory"):
        table.add_column(heading, justify="right")
    for found in report["results"]:
        table.add_row(
            f"{found['bytes'] / 1e9:.1f}",
            str(found["workers"]),
            f"{found['spans_per_second']:,.0f}",
            f"{found['processor_seconds'] / found['spans'] * 1e6:.2f}",
            f"{found['peak_rss_bytes'] / 1e6:,.0f} MB",
        )
    Console().print(table)
    Console().print(f"two workers are {report['two_workers_over_one']:.2f}x one")


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--workers", type=int, help=argparse.SUPPRESS)
    parser.add_argument("paths", type=Path, nargs="*", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.workers:
        source, lake = said.paths
        print(json.dumps(measure(source, lake, said.workers)))
    else:
        run(said, benchmark, show)


if __name__ == "__main__":
    main()
