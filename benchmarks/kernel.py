"""The assembly kernel on one core against the same trees in SQL, in one sitting.

`python -m benchmarks.kernel` prints a table; `--json` one object. The kernel computes every column and
violation of a unit in memory; the SQL, which tests hold it to, parents, heads, depth, children, self time.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from rich.console import Console
from rich.table import Table

from benchmarks.door import ROOT, arguments_of, run
from benchmarks.frozen_data import frozen_traces

_TRACE_LIMIT = 500_000


def _landed(folder: Path, spans: int) -> Path:
    """A lake in which the frozen day has landed."""
    from warehouse.lake.ingest import ingest

    lake = folder / f"assemble-{spans}"
    if not lake.exists():
        ingest([frozen_traces(folder, spans)[0]], lake)
    return lake


def _rows(lake: Path, table: str) -> pa.Table:
    dates = ds.partitioning(pa.schema([("event_date", pa.date32())]), flavor="hive")
    return ds.dataset(lake / table, format="parquet", partitioning=dates).to_table()


def _inputs(lake: Path) -> tuple[bytes, bytes, pa.Table]:
    """Spans and links as the kernel takes them, and the spans as a table for SQL."""
    from warehouse.integrity.peers import peer_columns
    from warehouse.traces.arrow_ipc import ipc_bytes
    from warehouse.traces.context import TREE_COLUMNS
    from warehouse.traces.kernel import LINK_COLUMNS

    rows = _rows(lake, "spans_landing")
    zero = pa.repeat(pa.scalar(0, pa.int32()), rows.num_rows)
    landing = pa.repeat(pa.scalar(False), rows.num_rows)
    names = [name for name in (*TREE_COLUMNS, "content_key") if name in rows.column_names]
    spans = rows.select(names).append_column("is_assembled", landing).append_column("known_issues", zero)
    if "duplicate_count" not in names:
        spans = spans.append_column("duplicate_count", zero)
    peers = peer_columns(rows)
    for name in peers.column_names:
        spans = spans.append_column(name, peers[name])
    links = _rows(lake, "span_links_landing").select(LINK_COLUMNS)
    return ipc_bytes(spans), ipc_bytes(links), spans


def _seconds(work: Callable[[], Any], rounds: int) -> float:
    """CPU seconds of the median round."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return statistics.median(found)


def benchmark(folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """Both in this process on the same rows; medians count."""
    from warehouse import _native
    from warehouse.traces.dates import as_streams, date_context

    sys.path.insert(0, str(ROOT / "tests" / "traces"))
    from sql_formulation import sql_table

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    given, links, table = _inputs(_landed(folder, spans))
    context = as_streams(date_context([]))
    kernel = _seconds(lambda: _native.assemble(given, links, context, _TRACE_LIMIT), rounds)
    survey = _seconds(lambda: _native.survey(given, links), rounds)
    sql = _seconds(lambda: sql_table(table), rounds)
    rates = {name: table.num_rows / s for name, s in (("kernel", kernel), ("survey", survey), ("sql", sql))}
    return {"spans": table.num_rows, "rounds": rounds, "spans_per_second": rates, "ratio": sql / kernel}


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
