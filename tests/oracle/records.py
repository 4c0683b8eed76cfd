"""The records of export messages with what stands around them: where JSON and protobuf meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

SIGNALS = ("span", "log_record", "metric_point")


@dataclass(slots=True)
class Around:
    """Resource and scope of a run of records."""

    resource: Resource
    resource_schema_url: str
    scope: InstrumentationScope
    scope_schema_url: str


@dataclass(slots=True)
class Record:
    """One span, log record or data point; `metric` is the point's metric without its points."""

    signal: str
    around: Around
    message: Any
    metric: Any = None


@dataclass(slots=True)
class Reading:
    """What a file held: records in order, and how many were there that cannot be taken."""

    records: list[Record] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*SIGNALS, "other"), 0))
    messages: int = 0

    def found(self, signal: str) -> int:
        return self.rejected[signal] + sum(r.signal == signal for r in self.records)
