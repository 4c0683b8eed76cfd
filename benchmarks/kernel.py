"""The assembly kernel on one core against the same trees in SQL, in one sitting.

`python -m benchmarks.kernel` prints a table; `--json` one object. The kernel computes every column and
violation of a unit in memory; the SQL, which tests hold it to, parents, heads, depth, children, self time.
More spans than the frozen day has are that day again under other trace ids, a unit each.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from benchmarks.door import ROOT, arguments_of, run
from benchmarks.frozen_data import SPANS, frozen_traces


def _landed(folder: Path, spans: int) -> Path:
    """A lake in which the frozen day has landed."""
    from warehouse.lake.ingest import ingest

    lake = folder / f"assemble-{spans}"
    if not lake.exists():
        ingest([frozen_traces(folder, spans)[0]], lake)
    return lake


def _unit(lake: Path) -> Any:
    """The rows of the day as assembly reads them when it is one unit."""
    from warehouse.lake.snapshot import snapshot
    from warehouse.traces.planning import plan_assembly
    from warehouse.traces.runs import Runs
    from warehouse.traces.unit_rows import UnitReader

    plan = plan_assembly(lake, snapshot(lake), 1, time.time_ns(), settle=True, unit_rows=2**31)
    assert plan is not None
    (unit,) = plan.units
    return UnitReader(lake, lake, plan, lake, Runs({}, {})).read(unit)


def _under_other_ids(rows: Any, seed: int) -> Any:
    """The same traces in the same order under other ids."""
    known = pc.unique(rows.spans["trace_id"]).sort()
    drawn = random.Random(seed)
    fresh = pa.array(sorted(f"{drawn.getrandbits(128):032x}" for _ in range(len(known))), pa.string())

    def renamed(table: pa.Table, *columns: str) -> pa.Table:
        for name in columns:
            ids = pc.coalesce(fresh.take(pc.index_in(table[name].combine_chunks(), known)), table[name])
            table = table.set_column(table.column_names.index(name), name, ids)
        return table

    links = renamed(rows.links, "trace_id", "linked_trace_id")
    return replace(rows, spans=renamed(rows.spans, "trace_id"), links=links)


def _inputs(lake: Path, spans: int) -> Iterator[tuple[Any, pa.Table]]:
    """Unit by unit what assembly hands to the kernel, and the same spans as a table for SQL."""
    from warehouse.traces.findings import known_before
    from warehouse.traces.kernel import kernel_input

    rows = _unit(lake)
    known, _ = known_before(rows)
    for number in range(max(round(spans / rows.spans.num_rows), 1)):
        given = kernel_input(_under_other_ids(rows, number) if number else rows, known)
        yield given, given.spans


def _seconds(work: Callable[[], Any]) -> float:
    """CPU seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def benchmark(folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """All in this process, in turns on the same rows; of every unit the medians count."""
    from warehouse import _native
    from warehouse.traces.arrow_ipc import read_stream
    from warehouse.traces.dates import date_context
    from warehouse.traces.oversized import TRACE_LIMIT

    sys.path.insert(0, str(ROOT / "tests" / "traces"))
    from sql_formulation import sql_table

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    total, seconds = 0, dict.fromkeys(("kernel", "survey", "sql"), 0.0)
    pa.set_memory_pool(pa.system_memory_pool())  # as assembly does
    for given, table in _inputs(_landed(folder, min(spans, SPANS)), spans):
        survey = partial(_native.survey, given.spans, given.links)
        context = date_context([{name: read_stream(s) for name, s in survey().items()}])
        contenders: dict[str, Callable[[], Any]] = {
            "kernel": partial(_native.assemble, given.spans, given.links, context, TRACE_LIMIT),
            "survey": survey,
            "sql": partial(sql_table, table),
        }
        turns = [{name: _seconds(work) for name, work in contenders.items()} for _ in range(rounds)]
        for name in seconds:
            seconds[name] += statistics.median(turn[name] for turn in turns)
        total += table.num_rows
    rates = {name: total / found for name, found in seconds.items()}
    ratio = seconds["sql"] / seconds["kernel"]
    return {"spans": total, "rounds": rounds, "spans_per_second": rates, "ratio": ratio}


def show(report: dict[str, Any]) -> None:
    table = Table(title=f"{report['spans']:,} spans in memory, one core, CPU time")
    for heading in ("", "spans/s"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, rate in report["spans_per_second"].items():
        table.add_row(name, f"{rate:,.0f}")
    Console().print(table)
    Console().print(f"the kernel is {report['ratio']:.1f}x the SQL, which computes less")


if __name__ == "__main__":
    run(arguments_of(__doc__).parse_args(), benchmark, show)
