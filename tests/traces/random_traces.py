"""Random traces of every shape that an export can hold, whatever sense it makes.

Cycles, self parents, orphans, several roots, skewed clocks, duplicates, odd and missing ids, links anywhere,
times out of range, ties. The answer is the oracle's; `built_traces` makes traces whose answer is known.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from trace_batch import DAY, MIDNIGHT, Batch, Row, span_row

SERVICES = ("gateway", "cart", "payment", None)
PEERS = ("gateway", "cart", "api.example.com", "orders", None)
KINDS = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 9)
UNITS = (1, 1_000, 250_000, 10**9)
_SMALL_POOL = tuple(f"{n:016x}" for n in range(1, 40))
"""Span ids that many traces share."""
Links = list[tuple[str, str]]
"""(trace id, span id) that a span links to."""


@dataclass(frozen=True)
class Shape:
    """How one trace is drawn. Shares are probabilities."""

    spans: int
    unit: int
    begin: int
    head_share: float
    backward_share: float
    copy_share: float
    link_share: float
    odd_share: float
    clocks: tuple[int, ...]


def _shape(rng: random.Random) -> Shape:
    unit = rng.choice(UNITS)
    return Shape(
        spans=rng.choice((1, 2, 3, 5, 8, 13, rng.randrange(1, 60))),
        unit=unit,
        begin=MIDNIGHT + rng.choice((-20 * unit, rng.randrange(-DAY, DAY))),
        head_share=rng.choice((0.0, 0.1, 0.5)),
        backward_share=rng.choice((0.0, 0.0, 0.1, 0.6)),
        copy_share=rng.choice((0.0, 0.2, 0.6)),
        link_share=rng.choice((0.0, 0.0, 0.2, 0.6)),
        odd_share=rng.choice((0.0, 0.0, 0.05, 0.3)),
        clocks=tuple(rng.choice((0, 0, 3, -7, 40_000)) * unit for _ in range(5)),
    )


def hex_id(rng: random.Random, digits: int) -> str:
    return f"{rng.randrange(1, 16**digits):0{digits}x}"


def _trace_id(rng: random.Random, odd_share: float) -> str:
    if rng.random() < odd_share:
        return rng.choice((hex_id(rng, 2), hex_id(rng, 34), hex_id(rng, 16)))
    return hex_id(rng, 32)


def _span_ids(rng: random.Random, shape: Shape) -> list[str]:
    """Distinct ids, shared with other traces or not, a few of a wrong length."""
    if shape.spans <= len(_SMALL_POOL) and rng.random() < 0.5:
        ids = rng.sample(_SMALL_POOL, shape.spans)
    else:
        ids = [hex_id(rng, 16) for _ in range(shape.spans)]
    return list(
        dict.fromkeys(
            hex_id(rng, rng.choice((2, 14, 32))) if rng.random() < shape.odd_share else i for i in ids
        )
    )


def _parent(rng: random.Random, shape: Shape, ids: list[str], n: int) -> str | None:
    if rng.random() < shape.odd_share:
        return rng.choice(("0" * 16, "", "00", hex_id(rng, 16), ids[n]))
    if n == 0 or rng.random() < shape.head_share:
        return rng.choice((None, None, hex_id(rng, 16)))
    if rng.random() < shape.backward_share:
        return rng.choice(ids)
    return ids[rng.choice((0, n - 1, rng.randrange(n)))]


def _times(rng: random.Random, shape: Shape, parent: Row | None, clock: int) -> tuple[int, int]:
    """Start and duration, in few steps of one unit so that many are equal; out of range now and then."""
    if rng.random() < shape.odd_share:
        start = rng.choice((0, 1, 1_000, shape.begin, 7 * 10**18))
        return start, rng.choice((-5, -(10**9), 0, 10**18, shape.unit))
    if parent is not None and parent["duration_nano"] > 0 and rng.random() < 0.7:
        steps = parent["duration_nano"] // shape.unit
        begin = rng.randint(0, steps)
        own = rng.randint(0, steps - begin)
        return parent["start_time_unix_nano"] + clock + begin * shape.unit, own * shape.unit
    return shape.begin + clock + rng.randrange(25) * shape.unit, rng.choice((0, 3, 20, 40)) * shape.unit


def _links(rng: random.Random, shape: Shape, own: str, ids: list[str], traces: list[str]) -> Links:
    links: Links = []
    while rng.random() < shape.link_share and len(links) < 4:
        trace = rng.choice((own, own, rng.choice(traces or [own])))
        unlike = rng.choice((hex_id(rng, 16), *_SMALL_POOL[:5]))
        links.append((trace, rng.choice((rng.choice(ids), rng.choice(ids), unlike))))
    return links


def _peers(rng: random.Random) -> dict[str, Any]:
    names = ("peer_service", "peer_host", "peer_destination", "peer_database")
    return {name: rng.choice(PEERS) for name in names if rng.random() < 0.2}


def add_trace(batch: Batch, rng: random.Random, shape: Shape, trace_id: str, traces: list[str]) -> None:
    """One trace with its copies."""
    ids = _span_ids(rng, shape)
    offset = rng.randrange(3)
    rows: dict[str, Row] = {}
    for n, span_id in enumerate(ids):
        resource = rng.randrange(offset, 5)
        parent = _parent(rng, shape, ids, n)
        start, duration = _times(rng, shape, rows.get(parent or ""), shape.clocks[resource])
        peers = _peers(rng)
        kind = rng.choice(KINDS)
        if kind in (2, 5):
            peers.pop("peer_service", None)
        row = span_row(
            trace_id,
            span_id,
            parent,
            max(start, 0),
            duration,
            kind=kind,
            status_code=rng.choice((0, 1, 2)),
            resource_key=resource * 10**18,
            service_name=SERVICES[resource % len(SERVICES)],
            known_issues=16 if SERVICES[resource % len(SERVICES)] is None else 0,
            **peers,
        )
        links = _links(rng, shape, trace_id, ids, traces)
        rows[span_id] = batch.add(row, links)
        while rng.random() < shape.copy_share:
            _add_copy(batch, rng, rows[span_id], links, shape, ids)


def _add_copy(batch: Batch, rng: random.Random, row: Row, links: Links, shape: Shape, ids: list[str]) -> None:
    """The same record again, or another one under its ids."""
    if rng.random() < 0.5:
        batch.add(dict(row), links)
        return
    change: dict[str, Any] = rng.choice(
        (
            {"status_code": 7},
            {"kind": rng.choice(KINDS)},
            {"duration_nano": row["duration_nano"] + rng.choice((-2, 1, 2)) * shape.unit},
            {"parent_span_id": rng.choice(ids)},
            {"resource_key": 4 * 10**18, "service_name": "gateway", "known_issues": 0},
            {},
        )
    )
    batch.add(row | change, links if change else _links(rng, shape, row["trace_id"], ids, []))


def _add_without_ids(batch: Batch, rng: random.Random) -> None:
    trace, span = rng.choice((("", hex_id(rng, 16)), ("0" * 32, "0" * 16), (hex_id(rng, 32), ""), ("", "")))
    start = rng.choice((MIDNIGHT, MIDNIGHT + 5, 3))
    batch.add(
        span_row(
            trace, span, rng.choice((None, "0" * 16)), start, rng.choice((5, -5)), kind=rng.choice(KINDS)
        )
    )


def _some_assembled(batch: Batch, rng: random.Random) -> None:
    """Rows of an earlier run: one per span at most, counting the copies that it took in.

    An assembled row that meets no copy has no content key, nor have its links.
    """
    share, seen = rng.choice((0.0, 0.3, 1.0)), set()
    rows = Counter(_ids(row) for row in batch.spans)
    for row in rng.sample(batch.spans, len(batch.spans)):
        if _ids(row) in seen or rng.random() >= share:
            continue
        seen.add(_ids(row))
        row |= {"is_assembled": True, "duplicate_count": rng.choice((0, 0, 1, 4))}
        if rows[_ids(row)] == 1:
            row["content_key"] = None
    keyless = {_ids(row) for row in batch.spans if row["content_key"] is None}
    for link in batch.links:
        if _ids(link) in keyless:
            link["content_key"] = None


def _ids(row: Row) -> tuple[str, str]:
    return row["trace_id"], row["span_id"]


def random_batch(rng: random.Random, traces: int, *, has_assembled: bool = True, **fixed: Any) -> Batch:
    """Traces in shuffled rows, some of them assembled before; `fixed` sets fields of every trace's shape."""
    batch, ids = Batch(), []
    for _ in range(traces):
        shape = replace(_shape(rng), **fixed)
        ids.append(_trace_id(rng, shape.odd_share))
        add_trace(batch, rng, shape, ids[-1], ids)
        if rng.random() < shape.odd_share:
            _add_without_ids(batch, rng)
    if has_assembled:
        _some_assembled(batch, rng)
    return batch.shuffled(rng)
