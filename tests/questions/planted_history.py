"""The history that questions are asked of, as plain objects: what the generator knows about every span."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.questions.catalogue import questions
from warehouse.demo.drawing import DrawnShape, draw_day
from warehouse.demo.history import service_versions, write_history
from warehouse.demo.planted import habits

END = dt.date(2026, 11, 18)
DAYS, SPANS_PER_DAY, SEED = 3, 8_000, 9
DATES = [END - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
DEPLOYED = DATES[1]
PLANTED = habits(DEPLOYED)
FROM, TO = DATES[0], END + dt.timedelta(days=2)
"""The whole history: the last traces reach into the next day."""


@dataclass(frozen=True, eq=False)
class KnownSpan:
    """One span. Times in nanoseconds; a root has no `parent_id`; `raised` is its own exception's type."""

    trace_id: str
    span_id: str
    parent_id: str | None
    service: str
    name: str
    kind: int
    start: int
    duration: int
    is_error: bool
    raised: str | None
    attributes: dict[str, str]
    """Those that are the same for every span of the template, and the status."""
    version: str

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def date(self) -> dt.date:
        return self.started_at.date()

    @property
    def started_at(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.start // 1000 / 1e6, dt.UTC).replace(tzinfo=None)

    @property
    def is_request(self) -> bool:
        return self.kind in (2, 5) or self.parent_id is None


@dataclass(frozen=True)
class History:
    """The truth and a connection to the file that was built from what was written."""

    spans: list[KnownSpan]
    con: duckdb.DuckDBPyConnection

    def ask(self, name: str, **values: object) -> list[tuple[Any, ...]]:
        """The answer to a question over the whole history, unless `values` say otherwise."""
        (question,) = (q for q in questions() if q.name == name)
        everything = {"from_at": FROM, "to_at": TO}
        return self.con.execute(*question.answer_with(everything | values)).fetchall()

    def requests(self, service: str) -> list[KnownSpan]:
        return [s for s in self.spans if s.service == service and s.is_request]

    def traces(self) -> dict[str, list[KnownSpan]]:
        found: dict[str, list[KnownSpan]] = defaultdict(list)
        for span in self.spans:
            found[span.trace_id].append(span)
        return found


def known_spans() -> list[KnownSpan]:
    return [
        span
        for date in DATES
        for drawn in draw_day(date, SEED, SPANS_PER_DAY, PLANTED)
        for shape in drawn
        for span in _spans(shape, service_versions(date, PLANTED))
    ]


def _spans(shape: DrawnShape, versions: dict[str, str]) -> Iterator[KnownSpan]:
    traces, ids = shape.trace_ids.hex(), shape.span_ids.hex()
    k = shape.requests
    for i, node in enumerate(shape.nodes):
        fixed = {a.key: a.text for a in node.attributes if not a.pool}
        for request in range(k):
            if not shape.is_present[i, request]:
                continue
            failed = bool(shape.is_error[i, request])
            status = {node.status[0]: node.status[1] if failed else "200"} if node.status else {}
            parent = (shape.parents[i] * k + request) * 16
            yield KnownSpan(
                traces[request * 32 : (request + 1) * 32],
                ids[(i * k + request) * 16 : (i * k + request + 1) * 16],
                ids[parent : parent + 16] if i else None,
                node.service,
                node.name,
                node.kind,
                int(shape.start[i, request]),
                int(shape.duration[i, request]),
                failed,
                node.error[0] if shape.own_error[i, request] else None,
                fixed | status,
                versions[node.service],
            )


def written(folder: Path) -> list[Path]:
    """The same history as OTLP files."""
    return write_history(
        folder, days=DAYS, seed=SEED, spans_per_day=SPANS_PER_DAY, end_date=END, planted=PLANTED
    )
