"""One ingest on Spark: `python -m benchmarks.spark_contenders NAME MASTER SOURCE OUT`.

The idiomatic job reads lines, parses them with from_json, explodes to spans and lets Spark write Delta: span
fields and attributes as a map of text, no events, links, resources, keys, types, sorting, rejects or ledger.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable

from warehouse.lake.ingest import ingest as ingest_here

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SMALL = 40
"""Lines of 1,000 spans that a session does first."""
_VALUE = "struct<stringValue:string,intValue:string,doubleValue:double,boolValue:boolean>"
_ATTRIBUTES = f"array<struct<key:string,value:{_VALUE}>>"
_SPAN = (
    "struct<traceId:string,spanId:string,parentSpanId:string,traceState:string,flags:bigint,name:string,kind:int,"
    f"startTimeUnixNano:string,endTimeUnixNano:string,status:struct<code:int,message:string>,attributes:{_ATTRIBUTES}>"
)
_SCHEMA = (
    f"resourceSpans array<struct<resource:struct<attributes:{_ATTRIBUTES}>,"
    f"scopeSpans:array<struct<scope:struct<name:string,version:string>,spans:array<{_SPAN}>>>>>"
)


def _as_text(attributes: str) -> str:
    kinds = (
        "a.value.stringValue",
        "a.value.intValue",
        "string(a.value.doubleValue)",
        "string(a.value.boolValue)",
    )
    return f"map_from_entries(transform({attributes}, a -> struct(a.key, coalesce({', '.join(kinds)}))))"


def idiomatic(spark: SparkSession, source: Path, out: Path) -> None:
    from pyspark.sql import functions as f

    lines = spark.read.text(str(source))
    groups = lines.select(f.explode(f.from_json("value", _SCHEMA)["resourceSpans"]).alias("r"))
    scopes = groups.select("r.resource", f.explode("r.scopeSpans").alias("s"))
    spans = scopes.select("resource", "s.scope", f.explode("s.spans").alias("span"))
    rows = spans.selectExpr(
        "date(timestamp_seconds(bigint(span.startTimeUnixNano) div 1000000000)) as event_date",
        "span.traceId as trace_id",
        "span.spanId as span_id",
        "span.parentSpanId as parent_span_id",
        "span.traceState as trace_state",
        "span.flags as flags",
        "span.name as name",
        "span.kind as kind",
        "bigint(span.startTimeUnixNano) as start_time_unix_nano",
        "bigint(span.endTimeUnixNano) - bigint(span.startTimeUnixNano) as duration_nano",
        "span.status.code as status_code",
        "span.status.message as status_message",
        "scope.name as scope_name",
        "scope.version as scope_version",
        f"{_as_text('resource.attributes')} as resource_attributes",
        f"{_as_text('span.attributes')} as attributes",
    )
    rows.write.format("delta").partitionBy("event_date").save(str(out / "spans_landing"))


def ours(spark: SparkSession, source: Path, out: Path) -> None:
    from warehouse.spark.ingest import ingest

    ingest(spark, [source], out)


def _work(name: str, master: str) -> Callable[[Path, Path], object]:
    if name == "plain":
        return lambda source, out: ingest_here([source], out, workers=int(master))
    from warehouse.spark.door import _session

    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--master {master} --driver-memory 2g pyspark-shell"
    return partial(ours if name == "ours" else idiomatic, _session("benchmark"))


def _cpu_seconds() -> float:
    """Of all processes of this session, ended children included."""
    ticks, own = 0, os.getsid(0)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == own:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(name: str, master: str, source: Path, out: Path) -> dict[str, Any]:
    """Wall and CPU seconds, once the session runs and has done a small piece of the same work; spans."""
    small = out.with_name("small.jsonl")
    with source.open("rb") as lines:
        small.write_bytes(b"".join(islice(lines, _SMALL)))
    work = _work(name, master)
    work(small, out.with_name("warm"))
    cpu, started = _cpu_seconds(), time.perf_counter()
    work(source, out)
    seconds, cpu = time.perf_counter() - started, _cpu_seconds() - cpu
    return {"seconds": seconds, "cpu_seconds": cpu, "spans": DeltaTable(out / "spans_landing").count()}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))))
