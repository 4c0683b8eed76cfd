"""One ingest on Spark: `python -m benchmarks.spark_contenders NAME MASTER SOURCE OUT`.

The idiomatic job reads lines, parses them with from_json, explodes to spans and lets Spark write Delta: span
fields and attributes as a map of text, no events, links, resources, keys, types, sorting, rejects or ledger.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.lake.ingest import ingest as ingest_here

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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


def idiomatic(spark: SparkSession, source: Path, out: Path) -> int:
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
    rows.write.format("delta").partitionBy("event_date").save(str(out))
    return int(spark.read.format("delta").load(str(out)).count())


def ours(spark: SparkSession, source: Path, out: Path) -> int:
    from warehouse.spark.ingest import ingest

    return ingest(spark, [source], out).rows["spans_landing"]


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
    """Wall and CPU seconds once the session runs and has done a small piece of the same work; spans."""
    small = out.with_name("small.jsonl")
    with source.open("rb") as lines:
        small.write_bytes(b"".join(lines.readline() for _ in range(4)))
    if name == "plain":
        work = lambda given, to: ingest_here([given], to, workers=int(master)).rows["spans_landing"]  # noqa: E731
    else:
        from warehouse.spark.door import _session

        os.environ["PYSPARK_SUBMIT_ARGS"] = f"--master {master} --driver-memory 2g pyspark-shell"
        spark = _session("benchmark")
        job = ours if name == "ours" else idiomatic
        work = lambda given, to: job(spark, given, to)  # noqa: E731
    work(small, out.with_name("warm"))
    cpu, started = _cpu_seconds(), time.perf_counter()
    spans = work(source, out)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "cpu_seconds": _cpu_seconds() - cpu, "spans": spans}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))))
