"""Ingest on Spark against Spark's own way, and against ingest without Spark: `python -m benchmarks.spark`.

Contenders take turns on the same file, each in processes of its own; the median of the rounds counts.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.door import arguments_of, run
from benchmarks.frozen_data import frozen_lines
from warehouse.spark.installation import install, spark_home

CONTENDERS = (
    ("ours, 1 executor", "ours", "local-cluster[1,1,1024]"),
    ("ours, 2 executors", "ours", "local-cluster[2,1,1024]"),
    ("from_json and explode, 2 executors", "idiomatic", "local-cluster[2,1,1024]"),
    ("plain ingest, 1 thread", "plain", "1"),
    ("plain ingest, 2 threads", "plain", "2"),
)
_SECONDS = 1800


def benchmark(only: str, folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """Rates of contenders whose names contain `only`: spans a second of wall time, and of CPU time of all
    processes.
    """
    install(spark_home())
    folder.mkdir(parents=True, exist_ok=True)
    source = frozen_lines(folder, spans)
    chosen = [c for c in CONTENDERS if only in c[0]]
    found: dict[str, list[dict[str, Any]]] = {label: [] for label, *_ in chosen}
    for _ in range(rounds):
        for label, name, master in chosen:
            found[label].append(_measured(name, master, source))
    counts = {m["spans"] for measured in found.values() for m in measured}
    if len(counts) != 1:
        raise SystemExit(f"The contenders disagree on the number of spans: {sorted(counts)}.")
    (count,) = counts
    rates = {
        label: {
            "spans_per_second": round(count / statistics.median(m["seconds"] for m in measured)),
            "spans_per_cpu_second": round(count / statistics.median(m["cpu_seconds"] for m in measured)),
        }
        for label, measured in found.items()
    }
    return {"spans": count, "source_bytes": source.stat().st_size, "rounds": rounds, "rates": rates}


def _measured(name: str, master: str, source: Path) -> dict[str, Any]:
    environment = os.environ | {
        "SPARK_CONF_DIR": str(spark_home() / "conf"),
        "PYSPARK_PYTHON": sys.executable,
    }
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.spark_contenders", name, master, source, f"{folder}/out"]
        done = subprocess.run(
            command,
            env=environment,
            start_new_session=True,
            timeout=_SECONDS,
            check=True,
            capture_output=True,
        )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def show(report: dict[str, Any]) -> None:
    print(f"{report['spans']:,} spans, {report['source_bytes'] / 1e6:.0f} MB, median of {report['rounds']}")
    for label, rate in report["rates"].items():
        print(f"{label:36} {rate['spans_per_second']:>10,}/s {rate['spans_per_cpu_second']:>10,}/CPU s")


if __name__ == "__main__":
    parser = arguments_of(__doc__)
    parser.add_argument("--only", default="", help="a part of the names of the contenders to run")
    said = parser.parse_args()
    run(said, partial(benchmark, said.only), show)
