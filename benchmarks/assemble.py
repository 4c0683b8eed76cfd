"""Assembly on one core against a bare read and write of the same rows, in one sitting.

`python -m benchmarks.assemble` prints a table; `--json` one object. See README.md for what is compared.
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
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.door import ROOT, arguments_of, run
from benchmarks.frozen_data import frozen_traces

LANDING = ("spans_landing", "span_events_landing", "span_links_landing")


def assembled(lake: Path) -> int:
    """Assemble a lake; the spans that this wrote."""
    from warehouse.traces.assemble import assemble

    return assemble(lake, settle=True, workers=1).spans


def copied(lake: Path) -> int:
    """Read every landing row with pyarrow and write it with the settings of assembled files; the spans."""
    import pyarrow.parquet as pq

    from warehouse.schemas.layout import ASSEMBLED
    from warehouse.schemas.parquet import PartWriter
    from warehouse.schemas.registry import TABLES

    spans = 0
    for name in LANDING:
        for file in sorted((lake / name).rglob("*.parquet")):
            rows = pq.ParquetFile(file, memory_map=True).read(use_threads=False)
            path = f"{file.name}.copy"
            with PartWriter(TABLES[name], lake, path, {}, ASSEMBLED) as writer:
                writer.write(rows)
            spans += rows.num_rows if name == LANDING[0] else 0
    return spans


CONTENDERS = {"assemble": assembled, "copy": copied}


def measure(contender: str, lake: Path) -> dict[str, float]:
    """One run in this process: spans, CPU seconds and peak memory. Imports are paid before."""
    import pandas  # noqa: F401  # pyarrow imports it with the first scalar: half a second

    import warehouse.traces.assemble  # noqa: F401

    began = time.process_time()
    spans = CONTENDERS[contender](lake)
    seconds = time.process_time() - began
    return {
        "spans": spans,
        "seconds": seconds,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def benchmark(folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """Both contenders in turns, each in a new process on a copy of the same lake; medians count."""
    from warehouse.lake.ingest import ingest

    folder.mkdir(parents=True, exist_ok=True)
    lake, copy = folder / f"assemble-{spans}", folder / "assemble-copy"
    if not lake.exists():
        ingest([frozen_traces(folder, spans)[0]], lake)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name in CONTENDERS:
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(lake, copy)
            command = [sys.executable, "-m", "benchmarks.assemble", "--contender", name, str(copy)]
            done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
            runs[name].append(json.loads(done.stdout))
    shutil.rmtree(copy, ignore_errors=True)
    counts = {run["spans"] for found in runs.values() for run in found}
    if len(counts) != 1:
        raise SystemExit(f"the contenders disagree about the number of spans: {sorted(counts)}")
    (count,) = counts
    rates = {name: count / statistics.median(run["seconds"] for run in runs[name]) for name in CONTENDERS}
    return {
        "spans": count,
        "rounds": rounds,
        "spans_per_second": rates,
        "peak_rss_bytes": {
            name: statistics.median(run["peak_rss_bytes"] for run in runs[name]) for name in CONTENDERS
        },
        "ratio": rates["assemble"] / rates["copy"],
    }


def show(report: dict[str, Any]) -> None:
    table = Table(title=f"{report['spans']:,} spans, one core, CPU time")
    for heading in ("", "spans/s", "peak memory"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, rate in report["spans_per_second"].items():
        table.add_row(name, f"{rate:,.0f}", f"{report['peak_rss_bytes'][name] / 1e6:,.0f} MB")
    Console().print(table)
    Console().print(f"assemble runs at {report['ratio']:.2f} of the rate of a bare copy")


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--contender", choices=sorted(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("lake", type=Path, nargs="?", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.contender:
        print(json.dumps(measure(said.contender, said.lake)))
    else:
        run(said, benchmark, show)


if __name__ == "__main__":
    main()
