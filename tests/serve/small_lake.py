"""A small lake with every shape that the star must carry: written straight from registry-typed rows.

Two days and one time out of range; remote, orphaned and self-made parents; spans without ids, without
service, twice; attributes under current and older names; every kind of metric point. Seeded: the same lake
every time.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from warehouse.lake.commit import INGEST_APP
from warehouse.lake.snapshot import VERSIONS
from warehouse.lake.tables import LEDGER, create_missing
from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES

Row = dict[str, Any]
SEED = 20261120
DAY = 86_400 * 10**9
MIDNIGHT = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * 10**9
SERVICES = ("gateway", "cart", "payment", None)
POINT_TABLES = ("number_points", "histogram_points", "exponential_histogram_points", "summary_points")
_EMPTY: dict[str, Any] = {"map": [], "list<double>": [], "list<bigint>": [], "string": "", "boolean": False}


def _key(*parts: object) -> int:
    """A stand-in for the content hash: small, stable, signed."""
    return crc32(repr(parts).encode()) - 2**31


def _row(table: str, **given: Any) -> Row:
    """The given columns, null in the other nullable ones, zero or empty in the rest."""
    return {
        c.name: given.get(c.name, None if c.nullable else _EMPTY.get(c.type, 0))
        for c in TABLES[table].columns
    }


def _dated(nano: int) -> date:
    return datetime.fromtimestamp(nano // 10**9, UTC).date() if nano > DAY * 365 * 30 else date(1970, 1, 1)


def span(service: str | None, name: str, kind: int, start: int, duration: int, **more: Any) -> Row:
    """A landing row; ids, status and attributes come in `more`."""
    row = _row(
        "spans_landing",
        event_date=_dated(start),
        name=name,
        kind=kind,
        start_time_unix_nano=start,
        duration_nano=duration,
        service_name=service,
        resource_key=_key("resource", service),
        scope_key=_key("scope"),
        operation_key=_key("operation", service, name, kind),
        adjusted_count=1.0,
        ingest_batch=1,
        file_key=_key("file"),
        **more,
    )
    row["content_key"] = _key("content", sorted((k, str(v)) for k, v in row.items()))
    return row


def _traces(rng: random.Random) -> list[Row]:
    """120 request traces: gateway server -> cart server -> internal, payment call or unnamed consumer."""
    rows = []
    for n in range(120):
        trace, start = f"{n + 1:032x}", MIDNIGHT + rng.randrange(2 * DAY)
        duration = int(rng.lognormvariate(18, 1.5)) if n % 7 else 2 ** (n % 40)
        status = 2 if rng.random() < 0.15 else rng.choice((0, 1))
        code = {"http_response_status_code": 500 if status == 2 else 200}
        older = {"attributes": [("http.status_code", "404")], "attribute_types": "i"}
        sampled = {"adjusted_count": 4.0} if n % 10 == 0 else {}
        ids = [f"{n * 8 + i + 1:016x}" for i in range(5)]
        rows.append(
            span(
                "gateway",
                f"GET /{n % 3}",
                2,
                start,
                duration,
                trace_id=trace,
                span_id=ids[0],
                status_code=status,
            )
            | code
            | sampled
        )
        calls = [
            ("gateway", "call cart", 3, 0, {}),
            ("cart", "Cart/Get", 2, 1, older),
            ("cart", "read", 1, 2, {}),
        ]
        if n % 4 == 0:
            calls.append((None, "settle", 5, 0, {}))
        for i, (service, name, kind, parent, more) in enumerate(calls, start=1):
            rows.append(
                span(
                    service,
                    name,
                    kind,
                    start + i * 1000,
                    int(duration / (i + 1)),
                    trace_id=trace,
                    span_id=ids[i],
                    parent_span_id=ids[parent],
                    **more,
                )
            )
    return rows


def _oddities() -> list[Row]:
    """What real exports hold and joins stumble over."""
    trace = "f" * 32
    twice = span(
        "payment",
        "pay",
        2,
        MIDNIGHT + 5,
        700_000_000,
        trace_id=trace,
        span_id="a" * 16,
        parent_span_id="9" * 16,
    )
    return [
        twice,
        twice | {"byte_offset": 900},
        span(
            "payment",
            "pay",
            2,
            MIDNIGHT + 5,
            900_000_000,
            trace_id=trace,
            span_id="a" * 16,
            parent_span_id="9" * 16,
        ),
        span("cart", "loop", 1, MIDNIGHT + 9, 0, trace_id=trace, span_id="b" * 16, parent_span_id="b" * 16),
        span("cart", "no ids", 1, MIDNIGHT + 9, -5, trace_id="", span_id=""),
        span(
            "cart",
            "no ids",
            1,
            MIDNIGHT + 9,
            2**20,
            trace_id="0" * 32,
            span_id="0" * 16,
            parent_span_id="0" * 16,
        ),
        span("cart", "long ago", 9, 1000, 2**20 + 1, trace_id="e" * 32, span_id="c" * 16, status_code=7),
        span("cart", "never", 2, 0, 1, trace_id="e" * 32, span_id="d" * 16, parent_span_id="c" * 16),
    ]


def _children(spans: list[Row]) -> tuple[list[Row], list[Row]]:
    events, links = [], []
    for n, row in enumerate(spans):
        ids = {k: row[k] for k in ("event_date", "trace_id", "span_id", "content_key", "ingest_batch")}
        if n % 5 == 0:
            events.append(
                _row(
                    "span_events_landing",
                    **ids,
                    time_unix_nano=row["start_time_unix_nano"] + 10,
                    name="exception",
                    exception_type="ValueError",
                    exception_message="no",
                )
            )
        if n % 9 == 0:
            links.append(_row("span_links_landing", **ids, linked_trace_id="1" * 32, linked_span_id="2" * 16))
    return events, links


def _logs(rng: random.Random) -> list[Row]:
    return [
        _row(
            "log_records",
            event_date=_dated(at := MIDNIGHT + rng.randrange(2 * DAY)),
            time_unix_nano=at if n % 3 else 0,
            observed_time_unix_nano=at,
            severity_number=(0, 9, 13, 17, 24, 99)[n % 6],
            body=f"line {n}",
            body_type="s",
            trace_id=f"{n + 1:032x}",
            resource_key=_key("resource", SERVICES[n % 4]),
            scope_key=_key("scope"),
            service_name=SERVICES[n % 4],
            attributes=[("n", str(n))],
            attribute_types="i",
            ingest_batch=1,
        )
        for n in range(60)
    ]


def _stream(service: str | None, name: str, kind: str) -> Row:
    return _row(
        "metric_streams",
        stream_key=_key("stream", service, name),
        resource_key=_key("resource", service),
        scope_key=_key("scope"),
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
                rows[name].append(_row(name, event_date=_dated(at), ingest_batch=1, **point, **own[kind]))
    points = rows["histogram_points"][:8]
    rows["exemplars"] = [
        _row("exemplars", point_time_unix_nano=p["time_unix_nano"], value_double=0.25, ingest_batch=1)
        | {k: p[k] for k in ("event_date", "stream_key", "time_unix_nano")}
        for p in points
    ]
    return rows


def _ledger(rows: dict[str, list[Row]]) -> list[Row]:
    counts = {f"{t}_rows": len(r) for t, r in rows.items()}
    return [
        _row(
            "ingest_files",
            file_key=_key("file"),
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
            **counts,
        )
    ]


def small_rows(seed: int = SEED) -> dict[str, list[Row]]:
    """The rows of every table of the lake, by table name."""
    rng = random.Random(seed)
    rows = {"spans_landing": _traces(rng) + _oddities()}
    rows["span_events_landing"], rows["span_links_landing"] = _children(rows["spans_landing"])
    rows["log_records"] = _logs(rng)
    rows |= _metrics()
    rows["ingest_files"] = _ledger(rows)
    rows["resources"] = [
        _row("resources", resource_key=_key("resource", s), service_name=s, service_version="1.2")
        for s in SERVICES
    ]
    rows["scopes"] = [_row("scopes", scope_key=_key("scope"), name="shop")]
    rows["rejects"] = [
        _row("rejects", batch_id=1, file_key=_key("file"), path="/exports/shop.jsonl", raw=b"{")
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
