"""What real captures take: as written, packed, and in a lake that was assembled and compacted.

`python -m benchmarks.capture_sizes FILE ...` prints a table, with `--json` one object. Of a small capture
what every file of a lake holds beside its rows weighs much.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from argparse import ArgumentParser
from pathlib import Path

import zstandard
from rich.console import Console
from rich.table import Table

from warehouse.lake.ingest import ingest
from warehouse.lake.optimize import optimize
from warehouse.lake.tables import data_paths
from warehouse.schemas.registry import TABLES
from warehouse.traces.assemble import assemble


def sizes(source: Path) -> dict[str, int]:
    """`records` of the file (spans, log records, data points), and bytes by what holds them."""
    data = source.read_bytes()
    with tempfile.TemporaryDirectory() as made:
        lake = Path(made) / "lake"
        done = ingest([source], lake)
        assemble(lake, settle=True)
        optimize(lake)
        held = {name: sum(Path(f).stat().st_size for f in data_paths(lake, name)) for name in TABLES}
    records = sum(
        rows for name, rows in done.rows.items() if name.endswith(("spans_landing", "_records", "_points"))
    )
    return {
        "records": records,
        "as written": len(data),
        "gzip -6": len(zlib.compress(data, 6, wbits=31)),
        "zstd -3": len(zstandard.compress(data, 3)),
        "lake": sum(held.values()) - held["ingest_files"],
    }


def _show(found: dict[str, dict[str, int]]) -> None:
    table = Table(title="bytes a record")
    names = [name for name in next(iter(found.values())) if name != "records"]
    for heading in ("capture", "records", *names):
        table.add_column(heading, justify="right")
    for name, row in found.items():
        each = (f"{row[kind] / max(row['records'], 1):.1f}" for kind in names)
        table.add_row(name, f"{row['records']:,}", *each)
    Console().print(table)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    report = {file.name: sizes(file) for file in arguments.files}
    if arguments.json:
        print(json.dumps(report))
    else:
        _show(report)
