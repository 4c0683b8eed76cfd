"""Sixteen questions on one core: the served file against ClickHouse, with the exporter's tables and tuned.

`python -m benchmarks.questions` prints a table; `--json` one object. See ../README.md for what is compared.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.door import ROOT, arguments_of
from benchmarks.frozen_data import DATE
from benchmarks.questions import contenders, data
from benchmarks.questions.clickhouse import loading
from benchmarks.questions.comparison import difference
from warehouse.lake.tables import data_paths
from warehouse.schemas.registry import TABLES

CONTENDERS = ("ours", *loading.SCHEMAS)


def values(home: Path, days: int) -> dict[str, dict[str, Any]]:
    """What is asked for, by question: the whole month unless the question is about a deploy or a trace."""
    served = home / "warehouse.duckdb"
    with duckdb.connect(str(served), read_only=True) as con:
        trace = con.execute(
            "select trace_id, trace_date from fct_traces where trace_date = ? and span_count > 20 "
            "order by trace_id limit 1",
            [DATE - dt.timedelta(days=days // 2)],
        ).fetchall()[0]
    common = {
        "from_at": DATE - dt.timedelta(days=days - 1),
        "to_at": DATE + dt.timedelta(days=1),
        "service": "catalog",
        "objective": 0.999,
        "service_a": "payment",
        "service_b": "order",
        "longer_than_nano": 600_000_000,
        "root_service": "gateway",
        "root_operation": "POST /web/checkout",
        "more_than": 10,
        "route": "/checkout",
        "user": "u-777777",
        "trace_id": trace[0],
        "trace_date": trace[1],
    }
    deploy = {"service": "tax", "version": "3.0.0", "days": max(days // 2 - 1, 1)}
    names = [*(q.name for q in contenders.questions()), *contenders.LOOKUPS]
    return {name: common | (deploy if name == "deploy_comparison" else {}) for name in names}


def load_clickhouse(home: Path, days: int) -> None:
    """Fill both databases, once."""
    from chdb.session import Session

    dates = [DATE - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
    # The last traces reach into the next day.
    dates.append(DATE + dt.timedelta(days=1))
    for schema in loading.SCHEMAS:
        folder, done = home / f"clickhouse-{schema}", home / f"clickhouse-{schema}.done"
        if done.exists():
            continue
        session = Session(str(folder))
        session.query(f"DROP DATABASE IF EXISTS {schema}")
        session.query(f"CREATE DATABASE {schema}")
        session.query(f"USE {schema}")
        for statement in loading.statements(loading.HERE / schema / "_tables.sql"):
            session.query(statement)
        for date in dates:
            file = home / "day.parquet"
            if loading.write_day(home / "warehouse.duckdb", date, file):
                loading.load(session, schema, file, date)
            file.unlink()
        loading.settle(session, schema, dates)
        done.write_text(str(loading.bytes_on_disk(session)), encoding="utf-8")
        session.close()


def stored_bytes(home: Path) -> dict[str, int]:
    """Bytes of each contender: lake tables of traces and the served file, all parts of ClickHouse."""
    tables = ("spans", "span_events", "span_links", "traces", "resources", "scopes")
    sizes = {t: sum(Path(f).stat().st_size for f in data_paths(home / "lake", t)) for t in tables}
    lake = sum(sizes.values())
    added = sizes["traces"] + sum(map(_assembled_bytes, data_paths(home / "lake", "spans")))
    ours = {
        "lake": lake,
        "of it what the exporter's tables hold": lake - added,
        "served file": (home / "warehouse.duckdb").stat().st_size,
    }
    return {f"ours, {name}": size for name, size in ours.items()} | {
        s: int((home / f"clickhouse-{s}.done").read_text()) for s in loading.SCHEMAS
    }


def _assembled_bytes(file: str) -> int:
    """Bytes of the columns that assembly adds to spans, in a file of `spans`."""
    exported = TABLES["spans_landing"].column_names
    groups = pq.read_metadata(file).to_dict()["row_groups"]
    chunks = [chunk for group in groups for chunk in group["columns"]]
    return sum(
        chunk["total_compressed_size"]
        for chunk in chunks
        if chunk["path_in_schema"].partition(".")[0] not in exported
    )


def benchmark(folder: Path, days: int, spans: int, runs: int) -> dict[str, Any]:
    """Every contender in a process of its own, on one core."""
    _, served = data.history(folder, days, spans)
    home = served.parent
    load_clickhouse(home, days)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found = {}
    for name in CONTENDERS:
        command = [sys.executable, "-m", "benchmarks.questions", "--contender", name]
        command += [f"--folder={folder}", f"--days={days}", f"--spans={spans}", f"--rounds={runs}"]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        found[name] = json.loads(done.stdout)
    with duckdb.connect(str(served), read_only=True) as con:
        count = con.sql("select sum(span_count) from cube_rollup where level = 'all'").fetchall()[0][0]
    return {
        "spans": int(count),
        "load": os.getloadavg()[0],
        "bytes": stored_bytes(home),
        "questions": {name: _row(name, found) for name in found["ours"]},
    }


def _row(name: str, found: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for contender, answers in found.items():
        if name in answers:
            row[contender] = {k: answers[name][k] for k in ("cpu_ms", "wall_ms")}
            row[contender]["rows"] = len(answers[name]["rows"])
            if contender != "ours":
                row[contender]["difference"] = difference(
                    name, found["ours"][name]["rows"], answers[name]["rows"]
                )
    return row


def show(report: dict[str, Any]) -> None:
    table = Table(
        title=f"{report['spans']:,} spans, one core, CPU ms of a warm answer, load {report['load']:.1f}"
    )
    for heading in ("question", *CONTENDERS, "ours / tuned", "same answer"):
        table.add_column(heading, justify="left" if heading in ("question", "same answer") else "right")
    for name, row in report["questions"].items():
        times = [f"{row[c]['cpu_ms']:,.1f}" if c in row else "-" for c in CONTENDERS]
        ratio = f"{row['ours']['cpu_ms'] / row['tuned']['cpu_ms']:.2f}" if "tuned" in row else "-"
        wrong = [f"{c}: {row[c]['difference']}" for c in loading.SCHEMAS if row.get(c, {}).get("difference")]
        table.add_row(name, *times, ratio, "; ".join(wrong) or "yes")
    Console(width=160).print(table)
    for name, size in report["bytes"].items():
        Console().print(f"{name}: {size / report['spans']:.1f} bytes a span")


def main() -> None:
    parser = arguments_of(__doc__)
    parser.set_defaults(spans=data.SPANS_PER_DAY, rounds=5)
    parser.add_argument("--days", type=int, default=data.DAYS, help="days of history")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    said = parser.parse_args()
    folder = said.folder.resolve()
    if said.contender:
        home = data.history(folder, said.days, said.spans)[1].parent
        found = contenders.measured(home, said.contender, values(home, said.days), said.rounds)
        print(json.dumps(found))
        return
    report = benchmark(folder, said.days, said.spans, said.rounds)
    if said.json:
        print(json.dumps(report))
    else:
        show(report)


if __name__ == "__main__":
    main()
