"""The integrity constraints: one entry each, shared by assembly, the gate, dbt and the reference page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint.

    `bit` is its place in the `issues` bit set of spans and traces; violations of severity info set no bit.
    `severity` is the gravest that a violation of it has. `description` is what holds, as a sentence;
    `remedy` is where to look when it does not.
    """

    id: str
    bit: int
    signal: str
    severity: Severity
    description: str
    remedy: str


_ALL = (
    Constraint(
        "IC1",
        1,
        "traces",
        "error",
        "A pair of trace_id and span_id belongs to one span, and a trace has one root at most.",
        "Look for exporters that send a span twice with different content, for ids that are reused, and for "
        "entry points that start a new root inside a trace.",
    ),
    Constraint(
        "IC2",
        2,
        "traces",
        "warning",
        "A span that names a parent has that parent in its trace.",
        "Look for services that are not exported, for sampling that is decided per service, for spans that "
        "are lost before export, and for telemetry that has not arrived yet.",
    ),
    Constraint(
        "IC3",
        4,
        "traces",
        "warning",
        "A CLIENT span has a SERVER child, and a PRODUCER span a CONSUMER child or a link from a CONSUMER, "
        "unless the peer that it names is known to be uninstrumented.",
        "Look at the propagation of the trace context between the two services; name uninstrumented peers "
        "with service.peer.name, server.address or messaging.destination.name.",
    ),
    Constraint(
        "IC4",
        8,
        "metrics",
        "error",
        "Points of a metric stream follow one another in time without overlap, and a cumulative sum or count "
        "falls only when its start time moves.",
        "Look for two writers of one stream (give each its own service.instance.id), for exports that are "
        "sent twice, and for restarts that keep the old start time.",
    ),
    Constraint(
        "IC5",
        16,
        "resources",
        "error",
        "Every resource states a service.name that is not empty.",
        "Set OTEL_SERVICE_NAME, or service.name in OTEL_RESOURCE_ATTRIBUTES, where the telemetry is made.",
    ),
    Constraint(
        "TIME",
        32,
        "traces",
        "error",
        "A span ends after it starts and lies within its parent, up to asynchronous children and the clock "
        "skew that is usual between the two resources.",
        "Look at the clocks of the hosts (NTP) and at spans that are ended late or by hand.",
    ),
    Constraint(
        "CAUSAL",
        64,
        "traces",
        "error",
        "Parent edges and link edges have no cycle: causes come before effects.",
        "Look for span ids that are reused and for code that writes parent ids or links by hand.",
    ),
    Constraint(
        "TYPE",
        128,
        "traces, resources",
        "error",
        "Ids, times and attribute values have the form that OTLP and the semantic conventions give them.",
        "Upgrade the instrumentation that writes them, or correct them with the Collector's transform "
        "processor.",
    ),
)
CONSTRAINTS: dict[str, Constraint] = {c.id: c for c in _ALL}
"""Every constraint by id, in the order of their bits."""
