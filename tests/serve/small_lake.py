"""A small lake with every shape that the star must carry, written straight from registry-typed rows."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from small_spans import DAY, MIDNIGHT, SERVICES, Row, content_key, dated, row_of, span_rows

from warehouse.lake.commit import INGEST_APP
from warehouse.lake.creation import create_missing
from warehouse.lake.snapshot import VERSIONS
from warehouse.lake.tables import LEDGER
from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES

SEED = 20261120
POINT_TABLES = ("number_points", "histogram_points", "exponential_histogram_points", "summary_points")


def _children(spans: list[Row]) -> tuple[list[Row], list[Row]]:
    events, links = [], []
    for n, row in enumerate(spans):
        ids = {k: row[k] for k in ("event_date", "trace_id", "span_id", "content_key", "ingest_batch")}
        row |= {"event_count": int(n % 5 == 0), "link_count": int(n % 9 == 0)}
        if n % 5 == 0:
            events.append(
                row_of(
                    "span_events_landing",
                    **ids,
                    time_unix_nano=row["start_time_unix_nano"] + 10,
                    name="exception",
                    exception_type="ValueError",
                    exception_message="no",
                )
            )
        if n % 9 == 0:
            links.append(
                row_of(
                    "span_links_landing",
                    **ids,
                    linked_trace_id="1" * 32,
                    linked_span_id="2" * 16,
                    attributes=[("why", f"reason {n % 2}")],
                    attribute_types="s",
                )
            )
    return events, links


def _logs(rng: random.Random) -> list[Row]:
    return [
        row_of(
            "log_records",
            event_date=dated(at := MIDNIGHT + rng.randrange(2 * DAY)),
            time_unix_nano=at if n % 3 else 0,
            observed_time_unix_nano=at,
            severity_number=(0, 9, 13, 17, 24, 99)[n % 6],
            body=f"line {n}",
            body_type="s",
            trace_id=f"{n + 1:032x}",
            resource_key=content_key("resource", SERVICES[n % 4]),
            scope_key=content_key("scope"),
            service_name=SERVICES[n % 4],
            attributes=[("n", str(n))],
            attribute_types="s" if n else "i",
            ingest_batch=1,
        )
        for n in range(60)
    ]


def _stream(service: str | None, name: str, kind: str) -> Row:
    return row_of(
        "metric_streams",
        stream_key=content_key("stream", service, name),
        resource_key=content_key("resource", service),
        scope_key=content_key("scope"),
        service_name=service,
        metric_name=name,
        unit="s",
        metric_type=kind,
        temporality="cumulative" if kind in ("sum", "histogram") else None,
    )


def _metrics() -> dict[str, list[Row]]:
    kinds = {"gauge": 0, "sum": 0, "histogram": 1, "exponential_histogram": 2, "summary": 3}
    own: dict[str, Row] = {
        "gauge": {"value_double": 0.5},
        "sum": {"value_int": 7},
        "histogram": {"count": 3, "sum": 4.5, "explicit_bounds": [1.0, 2.0], "bucket_counts": [1, 1, 1]},
        "exponential_histogram": {"count": 3, "scale": 2, "zero_count": 1, "positive_bucket_counts": [1, 1]},
        "summary": {"count": 2, "sum": 3.0, "quantiles": [0.5], "quantile_values": [1.5]},
    }
    rows: dict[str, list[Row]] = {t: [] for t in ("metric_streams", *POINT_TABLES)}
    for service in SERVICES:
        for kind, table in kinds.items():
            stream = _stream(service, f"shop.{kind}", kind)
            rows["metric_streams"].append(stream)
            for minute in range(6):
                at = MIDNIGHT + minute * 60 * 10**9
                point = {
                    "stream_key": stream["stream_key"],
                    "time_unix_nano": at,
                    "start_time_unix_nano": MIDNIGHT,
                }
                name = POINT_TABLES[table]
                rows[name].append(row_of(name, event_date=dated(at), ingest_batch=1, **point, **own[kind]))
    points = rows["histogram_points"][:8]
    rows["exemplars"] = [
        row_of(
            "exemplars",
            event_date=p["event_date"],
            stream_key=p["stream_key"],
            point_time_unix_nano=p["time_unix_nano"],
            time_unix_nano=p["time_unix_nano"] - 10**9,
            value_double=0.25,
            filtered_attributes=[("why", "slow")],
            filtered_attribute_types="s",
            ingest_batch=1,
        )
        for p in points
    ]
    return rows


def _ledger(rows: dict[str, list[Row]]) -> list[Row]:
    counts = {f"{t}_rows": len(r) for t, r in rows.items()}
    return [
        row_of(
            "ingest_files",
            file_key=content_key("file"),
            batch_id=1,
            path="/exports/shop.jsonl",
            form="json_lines",
            size_bytes=4096,
            end_offset=4096,
            spans=len(rows["spans_landing"]) + 1,
            rejected_spans=1,
            log_records=len(rows["log_records"]),
            metric_points=sum(len(rows[t]) for t in POINT_TABLES),
            ingested_at_unix_nano=MIDNIGHT + 3 * DAY,
            modified_unix_nano=MIDNIGHT + 2 * DAY,
            **counts,
        )
    ]


def small_rows(seed: int = SEED) -> dict[str, list[Row]]:
    """The rows of every table of the lake, by table name."""
    rng = random.Random(seed)
    rows = {"spans_landing": span_rows(rng)}
    rows["span_events_landing"], rows["span_links_landing"] = _children(rows["spans_landing"])
    rows["log_records"] = _logs(rng)
    rows |= _metrics()
    rows["ingest_files"] = _ledger(rows)
    rows["resources"] = [
        row_of("resources", resource_key=content_key("resource", s), service_name=s, service_version="1.2")
        for s in (*SERVICES, "bench")
    ]
    rows["scopes"] = [row_of("scopes", scope_key=content_key("scope"), name="shop")]
    rows["rejects"] = [
        row_of("rejects", batch_id=1, file_key=content_key("file"), path="/exports/shop.jsonl", raw=b"{")
    ]
    return rows


def _arrow(table: Table, rows: list[Row]) -> pa.Table:
    schema = arrow_schema(table)
    return pa.table({f.name: pa.array([r[f.name] for r in rows], f.type) for f in schema}, schema=schema)


def write_lake(lake: Path, rows: dict[str, list[Row]], batch: int = 1, *, ledger: bool = True) -> Path:
    """Append the rows as one batch: every table first, the ledger last, as ingest does.

    Without `ledger` the batch stays incomplete, like one whose process was killed.
    """
    lake.mkdir(parents=True, exist_ok=True)
    create_missing(lake)
    for name in (n for n in rows if n != LEDGER):
        _append(lake, name, rows[name], batch, {})
    if ledger:
        versions = {t: DeltaTable(lake / t).version() for t in TABLES if t != LEDGER}
        _append(lake, LEDGER, rows[LEDGER], batch, {VERSIONS: json.dumps(versions)})
    return lake


def _append(lake: Path, name: str, rows: list[Row], batch: int, metadata: dict[str, str]) -> None:
    table = TABLES[name]
    write_deltalake(
        str(lake / name),
        _arrow(table, rows),
        mode="append",
        partition_by=[table.partition] if table.partition else None,
        commit_properties=CommitProperties(
            app_transactions=[Transaction(INGEST_APP, batch)],
            custom_metadata={"batch_id": str(batch)} | metadata,
        ),
    )
