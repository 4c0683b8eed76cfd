"""Rows of a small lake's spans, and what every row is made of.

Remote, orphaned and self-made parents; spans without ids, without service, twice, out of range; attributes
under current and older names; durations of four shapes. Seeded: the same rows every time.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any
from zlib import crc32

from warehouse.schemas.registry import TABLES

Row = dict[str, Any]
DAY = 86_400 * 10**9
MIDNIGHT = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * 10**9
SERVICES = ("gateway", "cart", "payment", None)
CROSSING = 1
"""The trace from the first day, which later batches leave alone, into the second, which they change."""
_EMPTY: dict[str, Any] = {"map": [], "list<double>": [], "list<bigint>": [], "string": "", "boolean": False}


def content_key(*parts: object) -> int:
    """A stand-in for the content hash: small, stable, signed."""
    return crc32(repr(parts).encode()) - 2**31


def row_of(table: str, **given: Any) -> Row:
    """The given columns, null in the other nullable ones, zero or empty in the rest."""
    return {
        c.name: given.get(c.name, None if c.nullable else _EMPTY.get(c.type, 0))
        for c in TABLES[table].columns
    }


def dated(nano: int) -> date:
    return datetime.fromtimestamp(nano // 10**9, UTC).date() if nano > DAY * 365 * 30 else date(1970, 1, 1)


def span(service: str | None, name: str, kind: int, start: int, duration: int, **more: Any) -> Row:
    """A landing row; ids, status and attributes come in `more`."""
    row = row_of(
        "spans_landing",
        event_date=dated(start),
        name=name,
        kind=kind,
        start_time_unix_nano=start,
        duration_nano=duration,
        service_name=service,
        resource_key=content_key("resource", service),
        scope_key=content_key("scope"),
        operation_key=content_key("operation", service, name, kind),
        adjusted_count=1.0,
        ingest_batch=1,
        file_key=content_key("file"),
        **more,
    )
    row["content_key"] = content_key("content", sorted((k, str(v)) for k, v in row.items()))
    return row


def _traces(rng: random.Random) -> list[Row]:
    """120 request traces: gateway server -> cart server -> internal, payment call or unnamed consumer."""
    rows = []
    for n in range(120):
        trace, start = f"{n + 1:032x}", MIDNIGHT + rng.randrange(2 * DAY)
        if n == CROSSING:
            start = MIDNIGHT + DAY - 1500
        duration = int(rng.lognormvariate(18, 1.5)) if n % 7 else 2 ** (n % 40)
        status = 2 if rng.random() < 0.15 else rng.choice((0, 1))
        code = {"http_response_status_code": 500 if status == 2 or n % 11 == 0 else 200}
        failed = {"error_type": f"error {n % 3}"} if status == 2 else {}
        older = {"attributes": [("http.status_code", "404")], "attribute_types": "i"}
        former = {"attributes": [("enduser.id", f"former {n % 5}")], "attribute_types": "s"}
        user = {"user_id": f"user {n % 9}", "session_id": f"session {n}"}
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
            | failed
            | sampled
            | user
        )
        calls = [
            ("gateway", "call cart", 3, 0, {}),
            ("cart", "Cart/Get", 2, 1, older),
            ("cart", "read", 1, 2, former if n % 3 else {}),
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
        span(
            "cart", "loop", 1, MIDNIGHT + 9, 0, trace_id="b" * 32, span_id="b" * 16, parent_span_id="b" * 16
        ),
        span("cart", "no ids", 1, MIDNIGHT + 9, -5_000, trace_id="", span_id=""),
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
        span("cart", "long ago", 9, 1000, 2**20 + 1, trace_id="e" * 32, span_id="c" * 16, status_code=7)
        | {"user_id": "user 1"},
        span("cart", "never", 2, 0, 1, trace_id="e" * 32, span_id="d" * 16, parent_span_id="c" * 16),
    ]


def _distributions(rng: random.Random) -> list[Row]:
    """Operations of one service within one hour, each with durations of one shape, nanoseconds."""
    shapes = {
        "lognormal": lambda: rng.lognormvariate(16, 2),
        "bimodal": lambda: rng.gauss(2e6, 1e5) if rng.random() < 0.6 else rng.gauss(3e9, 2e8),
        "constant": lambda: 123_456_789,
        "heavy_tailed": lambda: min(1e6 * rng.paretovariate(0.7), 2**62),
    }
    return [
        span("bench", shape, 1, MIDNIGHT + n, max(1, int(draw())), trace_id="d" * 32, span_id=f"{shape}{n}")
        for shape, draw in shapes.items()
        for n in range(400)
    ]


def span_rows(rng: random.Random) -> list[Row]:
    """All rows of spans_landing."""
    return _traces(rng) + _oddities() + _distributions(rng)
