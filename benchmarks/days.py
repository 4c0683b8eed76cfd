"""Assembly of ever larger days by one worker, against a bare read and write: processor time, memory, files.

`python -m benchmarks.days` prints a table; `--json` one object. A day repeats the frozen one under other
trace ids: ten repetitions land at a time, as a day arrives in batches.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.assemble import CONTENDERS
from benchmarks.door import ROOT, arguments_of, run
from benchmarks.frozen_data import frozen_traces

SIZES = (2_000_000, 20_000_000, 50_000_000)
"""Spans of a day, about."""
_BATCH = 10
_TRACE_ID = re.compile(rb'"traceId":"([0-9a-f]{32})"')


def landed_day(folder: Path, spans: int, size: int) -> Path:
    """A lake in which `size` spans of one day have landed, made once and kept in `folder`."""
    from warehouse.lake.ingest import ingest

    lake, making = folder / f"day-{size}", folder / "making-day"
    if lake.exists():
        return lake
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    day = frozen_traces(folder, spans)[0].read_bytes()
    masks, landed = random.Random(size), 0
    while landed < size:
        batch = []
        for number in range(min(_BATCH, -(-(size - landed) // spans))):
            batch.append(making / f"repetition-{number}.jsonl")
            batch[-1].write_bytes(_under_other_ids(day, masks.getrandbits(128)))
        landed += ingest(batch, making / "lake", workers=1).rows["spans_landing"]
        for file in batch:
            file.unlink()
    (making / "lake").replace(lake)
    making.rmdir()
    return lake


def _under_other_ids(day: bytes, mask: int) -> bytes:
    return _TRACE_ID.sub(lambda found: b'"traceId":"%032x"' % (int(found[1], 16) ^ mask), day)


def _files_of_spans(lake: Path) -> list[str]:
    from warehouse.lake.tables import open_table

    return open_table(lake, "spans").file_uris()


def benchmark(folder: Path, spans: int, rounds: int, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Both contenders of `benchmarks.assemble` in turns on every size, each in a new process on one core.

    The least processor time counts.
    """
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    results = []
    for size in sizes:
        lake, copy = landed_day(folder, spans, size), folder / "day-assembled"
        found: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
        files = 0
        for name in list(CONTENDERS) * rounds:
            shutil.rmtree(copy, ignore_errors=True)
            # Files of a lake are never changed in place.
            shutil.copytree(lake, copy, copy_function=os.link)
            command = [sys.executable, "-m", "benchmarks.assemble", "--contender", name, str(copy)]
            done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
            found[name].append(json.loads(done.stdout))
            files = max(files, len(_files_of_spans(copy)))
        shutil.rmtree(copy, ignore_errors=True)
        best = {name: min(runs, key=lambda run: run["seconds"]) for name, runs in found.items()}
        results.append(
            best | {"ratio": best["copy"]["seconds"] / best["assemble"]["seconds"], "files": files}
        )
    return {"rounds": rounds, "results": results}


def show(report: dict[str, Any]) -> None:
    table = Table(title="Assembly by size of the day, one worker")
    for heading in (
        "spans",
        "us of processor a span",
        "of a bare copy",
        "ratio",
        "peak memory",
        "files of spans",
    ):
        table.add_column(heading, justify="right")
    for found in report["results"]:
        spans = found["assemble"]["spans"]
        table.add_row(
            f"{spans:,.0f}",
            *(f"{found[name]['seconds'] / spans * 1e6:.2f}" for name in ("assemble", "copy")),
            f"{found['ratio']:.2f}",
            f"{found['assemble']['peak_rss_bytes'] / 1e6:,.0f} MB",
            f"{found['files']:,.0f}",
        )
    Console().print(table)


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="spans of a day, about")
    said = parser.parse_args()
    run(said, lambda *how: benchmark(*how, tuple(said.sizes)), show)


if __name__ == "__main__":
    main()
