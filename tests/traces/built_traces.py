"""Sound traces that are built so that every column is known: nothing is computed from the spans.

A span's time is cut into slots, each filled by one call; what the slots leave is its own. Beside a call may
run a faster one, which is then never on the critical path. No constraint is violated.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from random_traces import hex_id
from trace_batch import MIDNIGHT, Batch, Row, span_row

INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
SERVICES = ("gateway", "cart", "payment", "stock")
Truth = dict[str, Any]


@dataclass
class Built:
    """Rows, and by (trace id, span id) and by trace id what assembly must fill in."""

    batch: Batch = field(default_factory=Batch)
    spans: dict[tuple[str, str], Truth] = field(default_factory=dict)
    traces: dict[str, Truth] = field(default_factory=dict)


def built(rng: random.Random, traces: int, begin: int = MIDNIGHT + 1_000) -> Built:
    """Traces within one day, for `begin` early on it."""
    out = Built()
    for number in range(traces):
        _Builder(rng, out, hex_id(rng, 32)).trace(begin + number * 10_000_000, rng.randrange(1, 4_000_000))
    return out


class _Builder:
    """One trace: the truth is written down as each span is made."""

    def __init__(self, rng: random.Random, out: Built, trace_id: str) -> None:
        self.rng, self.out, self.trace_id = rng, out, trace_id
        self.rows: list[Row] = []
        self.truth: list[Truth] = []

    def trace(self, start: int, duration: int) -> None:
        self._span(None, SERVER, start, start + duration, is_on_path=True)
        rows, path = self.rows, {}
        for row, truth in zip(rows, self.truth, strict=True):
            path[row["service_name"]] = path.get(row["service_name"], 0) + truth["critical_path_nano"]
            self.out.spans[self.trace_id, row["span_id"]] = truth | {"trace_start_unix_nano": start}
        self.out.traces[self.trace_id] = {
            "start_time_unix_nano": start,
            "duration_nano": max(r["start_time_unix_nano"] + r["duration_nano"] for r in rows) - start,
            "span_count": len(rows),
            "service_count": len(path),
            "max_depth": max(t["depth"] for t in self.truth),
            "root_count": 1,
            "orphan_count": 0,
            "is_complete": True,
            "critical_path_by_service": {k: str(v) for k, v in sorted(path.items()) if v},
            "issues": 0,
        }

    def _span(
        self, parent: int | None, kind: int, start: int, end: int, *, is_on_path: bool, **more: Any
    ) -> int:
        """Add a span and what it calls; returns its position."""
        at, above = len(self.rows), None if parent is None else self.rows[parent]
        depth = 0 if parent is None else self.truth[parent]["depth"] + 1
        service = above["service_name"] if above and kind not in (SERVER, CONSUMER) else self._other(above)
        self.rows.append(
            self.out.batch.add(
                span_row(
                    self.trace_id,
                    hex_id(self.rng, 16),
                    above and above["span_id"],
                    start,
                    end - start,
                    kind=kind,
                    service_name=service,
                    resource_key=SERVICES.index(service),
                    **more,
                )
            )
        )
        self.truth.append(
            {
                "is_root": parent is None,
                "is_orphan": False,
                "depth": depth,
                "lamport_clock": depth + 1,
                "child_count": 0,
                "parent_service_name": above and above["service_name"],
                "is_remote_parent": above and above["service_name"] != service,
                "clock_skew_nano": 0,
                "duplicate_count": 0,
                "issues": 0,
            }
        )
        own = (end - start) - self._calls(at, start, end, is_on_path)
        self.truth[at] |= {"self_time_nano": own, "critical_path_nano": own if is_on_path else 0}
        if parent is not None:
            self.truth[parent]["child_count"] += 1
        return at

    def _other(self, above: Row | None) -> str:
        return self.rng.choice([s for s in SERVICES if above is None or s != above["service_name"]])

    def _calls(self, at: int, start: int, end: int, is_on_path: bool) -> int:
        """Fill slots of the span's time; returns their whole length."""
        row, depth = self.rows[at], self.truth[at]["depth"]
        if row["kind"] == CLIENT:
            if row["peer_database"] is not None:
                return 0
            self._span(at, SERVER, start, end, is_on_path=is_on_path)
            return end - start
        if row["kind"] == PRODUCER:
            # The message is handled later, for longer: not waited for, and no sign of another clock.
            self._span(at, CONSUMER, end + 5, end + 5 + 2 * (end - start) + 1, is_on_path=False)
            return 0
        taken = 0
        for begin, finish in self._slots(start, end) if depth < 6 else []:
            kind = self.rng.choice((INTERNAL, INTERNAL, CLIENT, CLIENT, PRODUCER))
            peer = {"peer_database": "orders"} if kind == CLIENT and self.rng.random() < 0.3 else {}
            self._span(at, kind, begin, finish, is_on_path=is_on_path, **peer)
            if finish - begin >= 3 and self.rng.random() < 0.3:
                faster = sorted(self.rng.sample(range(begin, finish), 2))
                self._span(at, INTERNAL, faster[0], faster[1], is_on_path=False)
            taken += finish - begin
        return taken

    def _slots(self, start: int, end: int) -> list[tuple[int, int]]:
        """Up to three spans of time that do not overlap; they may touch."""
        count = self.rng.choice((0, 1, 1, 2, 3))
        if end - start < 2 * count:
            return []
        cuts = sorted(self.rng.sample(range(start, end + 1), 2 * count))
        return [slot for n, slot in enumerate(pairwise(cuts)) if n % 2 == 0]
