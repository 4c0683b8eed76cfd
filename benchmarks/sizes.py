"""What a day of telemetry takes: as JSON, packed, and in the lake landed, assembled and compacted.

`python -m benchmarks.sizes` prints a table; `--json` one object. The day is the frozen one.
"""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path
from typing import Any

import zstandard
from rich.console import Console
from rich.table import Table

from benchmarks.door import arguments_of, run
from benchmarks.frozen_data import frozen_traces
from warehouse.lake.ingest import ingest
from warehouse.lake.optimize import optimize
from warehouse.lake.tables import file_actions, open_table
from warehouse.schemas.registry import TABLES
from warehouse.traces.assemble import assemble

_BLOCK_BYTES = 1 << 20


def _packed(source: Path, packer: Any) -> int:
    size = 0
    with source.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            size += len(packer.compress(block))
    return size + len(packer.flush())


def _lake_bytes(lake: Path) -> int:
    """Bytes of all files that the newest versions of the tables name."""
    actions = [file_actions(open_table(lake, name)) for name in TABLES]
    return sum(sum(found["size_bytes"].to_pylist()) for found in actions if found.num_rows)


def benchmark(folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """Sizes do not change from round to round: `rounds` is not asked."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, _ = frozen_traces(folder, spans)
    sizes = {
        "JSON lines": lines.stat().st_size,
        "gzip -6": _packed(lines, zlib.compressobj(6, wbits=31)),
        "zstd -3": _packed(lines, zstandard.ZstdCompressor(level=3).compressobj()),
    }
    with tempfile.TemporaryDirectory(dir=folder) as made:
        lake = Path(made) / "lake"
        count = ingest([lines], lake).rows["spans_landing"]
        sizes["lake, landed"] = _lake_bytes(lake)
        assemble(lake, settle=True)
        sizes["lake, assembled"] = _lake_bytes(lake)
        optimize(lake)
        sizes["lake, compacted"] = _lake_bytes(lake)
    return {"spans": count, "bytes": sizes}


def show(report: dict[str, Any]) -> None:
    whole = report["bytes"]["JSON lines"]
    table = Table(title=f"{report['spans']:,} spans")
    for heading in ("", "B/span", "smaller than JSON"):
        table.add_column(heading, justify="right")
    for name, size in report["bytes"].items():
        table.add_row(name, f"{size / report['spans']:.1f}", f"{whole / size:.1f}x")
    Console().print(table)


if __name__ == "__main__":
    run(arguments_of(__doc__).parse_args(), benchmark, show)
