"""Random traces as OTLP JSON lines: around midnights, late, twice, in conflict, with events and links."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MIDNIGHT = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * 1_000_000_000
HOUR = 3_600_000_000_000
SERVICES = ("gateway", "cart", "checkout", "")


@dataclass(slots=True)
class Arrivals:
    """Spans as (service, OTLP/JSON span) in the order of making, copies included."""

    spans: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def lines(self, first: int = 0, last: int | None = None) -> str:
        """A run of the spans, each an export request of its own."""
        return "".join(_line(service, span) for service, span in self.spans[first:last])


def arrivals(seed: int, traces: int) -> Arrivals:
    """Traces of 1 to 12 spans on three dates; a fifth of them crosses midnight, one in ten has copies."""
    draw = random.Random(seed)
    made = Arrivals()
    for number in range(traces):
        _trace(draw, made, f"{draw.getrandbits(120):030x}{number % 256:02x}")
    draw.shuffle(made.spans)
    return made


def _trace(draw: random.Random, made: Arrivals, trace_id: str) -> None:
    near_midnight = draw.random() < 0.2
    start = MIDNIGHT + draw.randrange(3) * 24 * HOUR
    start += -draw.randrange(HOUR // 4) if near_midnight else draw.randrange(1, 23) * HOUR
    ids: list[str] = []
    for number in range(draw.randint(1, 12)):
        span_id = f"{draw.getrandbits(64) | 1:016x}"
        begin = start + number * draw.randrange(1, HOUR // 12 if near_midnight else HOUR // 600)
        span: dict[str, Any] = {
            "traceId": trace_id,
            "spanId": span_id,
            "name": f"op-{draw.randrange(5)}",
            "kind": draw.randint(1, 5),
            "startTimeUnixNano": str(begin),
            "endTimeUnixNano": str(begin + draw.randrange(1, HOUR // 100)),
            "attributes": [{"key": "n", "value": {"intValue": str(draw.randrange(100))}}],
        }
        if number:
            missing = draw.random() < 0.1
            span["parentSpanId"] = f"{draw.getrandbits(64) | 1:016x}" if missing else draw.choice(ids)
        if draw.random() < 0.4:
            span["events"] = [
                {"timeUnixNano": str(begin + n), "name": f"event-{n}"} for n in range(draw.randint(1, 3))
            ]
        if ids and draw.random() < 0.2:
            span["links"] = [{"traceId": trace_id, "spanId": draw.choice(ids)}]
        if draw.random() < 0.1:
            span["status"] = {"code": 2}
        ids.append(span_id)
        service = draw.choice(SERVICES)
        made.spans += [(service, span)] * (1 + (draw.random() < 0.05))
        if draw.random() < 0.05:
            other = span | {"name": "retried", "endTimeUnixNano": str(begin + draw.randrange(1, HOUR // 50))}
            if draw.random() < 0.3:
                other["endTimeUnixNano"] = span["endTimeUnixNano"]
            other["events"] = [{"timeUnixNano": str(begin), "name": "again"}]
            made.spans.append((service, other))


def _line(service: str, span: dict[str, Any]) -> str:
    attributes = [{"key": "service.name", "value": {"stringValue": service}}] if service else []
    request = {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [span]}]}]}
    return json.dumps(request) + "\n"
