"""Building the models of the star on one core: processor time of each, on sparse and on dense days.

`python -m benchmarks.cubes` prints a table a lake; `--json` one object. A build of everything starts from
an empty file; `cubes` are the cubes with all models that these are made from.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.cube_data import dense_lake, sparse_lake
from benchmarks.door import ROOT, arguments_of, run

DENSE = (4_000_000,)
"""Spans of a dense day, about."""
_CUBES = "+path:models/marts/cubes"


def measure(lake: Path) -> dict[str, Any]:
    """One build in this process: spans, and processor seconds of cubes and of the other models by name."""
    from warehouse.lake.snapshot import snapshot
    from warehouse.serve import lake_views
    from warehouse.serve.served_file import STORAGE
    from warehouse.stores.duckdb_access import connect

    with tempfile.TemporaryDirectory(dir=lake.parent) as made:
        file = Path(made) / "warehouse.duckdb"
        with connect(lake, file, storage_compatibility_version=STORAGE) as con:
            lake_views.create(con, lake, snapshot(lake))
            (spans,) = con.sql("select count(*) from lake.spans").fetchall()[0]
        cubes = _run(file, f"--select={_CUBES}")
        others = _run(file, f"--exclude={_CUBES}")
    return {"spans": spans, "cubes": cubes, "others": others}


def _run(file: Path, selection: str) -> dict[str, float]:
    """Processor seconds of every model that is selected, built by one thread of dbt."""
    from dbt.cli.main import dbtRunner

    from warehouse.serve.dbt_run import dbt_arguments, models_environment
    from warehouse.serve.project import project_dir

    os.environ |= models_environment(project_dir(), file)
    seconds: dict[str, float] = {}

    def on_event(event: Any) -> None:
        name = event.data.node_info.node_name if event.info.name in ("NodeStart", "NodeFinished") else ""
        if name and not name.startswith("otlp_warehouse-on-run"):
            seconds[name] = time.process_time() - seconds.get(name, 0.0)

    quietly = ("--log-level=none", "--log-level-file=none", "--no-write-json")
    arguments = dbt_arguments(project_dir(), file.parent, *quietly, "run", "--threads=1", selection)
    arguments.append(f"--profiles-dir={_profile_of_one_thread(project_dir(), file.parent)}")
    done = dbtRunner(callbacks=[on_event]).invoke(arguments)
    if not done.success:
        raise SystemExit(f"the models could not be built: {done.exception or done.result}")
    return seconds


def _profile_of_one_thread(project: Path, folder: Path) -> Path:
    """The project's profile for a DuckDB of one thread, which it would have two of on a core of two."""
    profiles = yaml.safe_load((project / "profiles.yml").read_text(encoding="utf-8"))
    profiles["otlp_warehouse"]["outputs"]["build"]["settings"] = {"threads": 1}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
    return folder


def benchmark(folder: Path, spans: int, rounds: int, dense: tuple[int, ...] = DENSE) -> dict[str, Any]:
    """Every lake `rounds` times, each in a new process on one core; medians of each model count."""
    folder.mkdir(parents=True, exist_ok=True)
    lakes = {"sparse": sparse_lake(folder, spans)}
    lakes |= {f"dense, {size:,}": dense_lake(folder, size) for size in dense}
    core = str(max(os.sched_getaffinity(0)))
    report: dict[str, Any] = {"rounds": rounds, "lakes": {}}
    for name, lake in lakes.items():
        command = ["taskset", "-c", core, sys.executable, "-m", "benchmarks.cubes", "--lake", str(lake)]
        found = []
        for _ in range(rounds):
            done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
            found.append(json.loads(done.stdout))
        report["lakes"][name] = _medians(found)
    return report


def _medians(found: list[dict[str, Any]]) -> dict[str, Any]:
    parts = {
        part: {name: statistics.median(one[part][name] for one in found) for name in found[0][part]}
        for part in ("cubes", "others")
    }
    spans, cubes, others = found[0]["spans"], sum(parts["cubes"].values()), sum(parts["others"].values())
    rates = {"cubes": spans / cubes, "all models": spans / (cubes + others)}
    return {"spans": spans, **parts, "spans_per_second": rates}


def show(report: dict[str, Any]) -> None:
    for lake, found in report["lakes"].items():
        table = Table(title=f"{lake}: {found['spans']:,} spans, one core, CPU time")
        for heading in ("", "s", "spans/s"):
            table.add_column(heading, justify="right" if heading else "left")
        models = found["cubes"] | found["others"]
        for name, seconds in sorted(models.items(), key=lambda model: -model[1]):
            if seconds >= 0.01 * sum(models.values()):
                table.add_row(name, f"{seconds:.2f}", f"{found['spans'] / seconds:,.0f}")
        for name, rate in found["spans_per_second"].items():
            table.add_row(f"{name} together", f"{found['spans'] / rate:.2f}", f"{rate:,.0f}")
        Console().print(table)


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--dense", type=int, nargs="*", default=DENSE, help="spans of each dense day, about")
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.lake:
        print(json.dumps(measure(said.lake)))
    else:
        run(said, lambda *how: benchmark(*how, tuple(said.dense)), show)


if __name__ == "__main__":
    main()
