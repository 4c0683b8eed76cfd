"""One conversion in a process of its own: `python -m benchmarks.contenders NAME SOURCE OUT`.

Every contender writes spans, events and links with all their fields; attributes as a map of text. The others
write plain Parquet: no hash keys, no type letters, no promoted columns, no sorting, no Delta commit.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def ours(source: Path, out: Path) -> int:
    from warehouse.lake.ingest import ingest

    return ingest([source], out, workers=1).rows["spans_landing"]


def duckdb_unnest(source: Path, out: Path) -> int:
    from benchmarks.duckdb_baseline import convert

    return convert(source, out)


def orjson_pyarrow(source: Path, out: Path) -> int:
    """The garbage collector is off: it would take more than half of the time."""
    from benchmarks.orjson_baseline import convert

    gc.disable()
    return convert(source, out)


CONTENDERS: dict[str, Callable[[Path, Path], int]] = {
    "ours": ours,
    "duckdb": duckdb_unnest,
    "orjson": orjson_pyarrow,
}


def measure(name: str, source: Path, out: Path) -> dict[str, Any]:
    """Elapsed and processor seconds of the conversion alone (imports are paid before), spans, bytes written,
    peak memory.
    """
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import warehouse.lake.ingest  # noqa: F401

    started, worked = time.perf_counter(), time.process_time()
    spans = CONTENDERS[name](source, out)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
    written = sum(p.stat().st_size for p in out.rglob("*.parquet"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "spans": spans,
        "bytes": written,
        "peak_rss_bytes": peak,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
