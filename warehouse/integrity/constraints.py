"""The integrity constraints, and what a finding of each says: declared once for all that speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
Signal = Literal["traces", "metrics", "all"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint: `bit` is its place in `issues`, `description` says when it holds, `remedy` what helps."""

    id: str
    bit: int
    signal: Signal
    severity: Severity
    description: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One way to violate a constraint.

    Texts may name `{name}`, `{service}`, `{related_name}`, `{related_service}`, `{span_id}` and `{value}`:
    the span, the span it is about, and the finding's number.
    """

    constraint: str
    severity: Severity
    detail: str
    fix: str


CONSTRAINTS: dict[str, Constraint] = {
    c.id: c
    for c in (
        Constraint(
            "IC1",
            1,
            "traces",
            "error",
            "(trace_id, span_id) is unique, and a trace has one root at most.",
            "Look for exporters that retry with changed spans, and for services that drop the context.",
        ),
        Constraint(
            "IC2",
            2,
            "traces",
            "warning",
            "A span's parent, where it names one, is in the same trace.",
            "Export the parent's service too, sample by trace and not by span, and give late spans time.",
        ),
        Constraint(
            "IC3",
            4,
            "traces",
            "warning",
            "A CLIENT span has a SERVER child and a PRODUCER span a CONSUMER child or link, unless the peer "
            "that it names is not instrumented.",
            "Propagate the context in the call, or instrument the callee.",
        ),
        Constraint(
            "IC4",
            8,
            "metrics",
            "error",
            "The points of a metric stream are strictly ordered in time, do not overlap, and a cumulative "
            "sum falls only at a reset.",
            "Give each writer of a stream its own attributes; let start_time move when a counter restarts.",
        ),
        Constraint(
            "IC5",
            16,
            "all",
            "error",
            "Every resource has a service.name that is not empty.",
            "Set OTEL_SERVICE_NAME or the resource attribute service.name.",
        ),
        Constraint(
            "TIME",
            32,
            "traces",
            "warning",
            "A span does not end before it starts, and a child lies within its parent, up to asynchronous "
            "children and the usual clock skew of the two resources.",
            "Synchronise the clocks of the hosts, and end spans after the work that they cover.",
        ),
        Constraint(
            "CAUSAL",
            64,
            "traces",
            "error",
            "Parent and link edges have no cycle.",
            "Look for code that reuses span ids or sets a parent by hand.",
        ),
        Constraint(
            "TYPE",
            128,
            "all",
            "warning",
            "Ids have 16 and 8 bytes and are not zero, times are in range, attributes as agreed.",
            "Update the instrumentation, or translate the attributes in the Collector.",
        ),
    )
}

FINDINGS: dict[str, Finding] = {
    "multiple_roots": Finding(
        "IC1",
        "error",
        "The trace has {value} roots; the earliest is {name} of {service}",
        "Propagate the context to the services of the other roots, or start a trace of its own there",
    ),
    "conflicting_duplicate": Finding(
        "IC1",
        "error",
        "Another copy of {name} of {service} has the same ids and other content",
        "Look at the reject of this copy; have retries send spans unchanged and span ids drawn at random",
    ),
    "missing_parent": Finding(
        "IC2",
        "warning",
        "The parent of {name} of {service} is not in the trace",
        "Export the service that called {service}, or sample whole traces",
    ),
    "uninstrumented_callee": Finding(
        "IC3",
        "warning",
        "{name} of {service} calls an instrumented peer, but no span of the peer follows",
        "Propagate the context in this call of {service}",
    ),
    "unnamed_peer": Finding(
        "IC3",
        "warning",
        "{name} of {service} calls out, no span of a callee follows, and no attribute names the peer",
        "Set server.address, service.peer.name or messaging.destination.name on the span",
    ),
    "ends_before_start": Finding(
        "TIME",
        "warning",
        "{name} of {service} ends {value} ns after it starts",
        "Use a monotonic clock for durations in {service}",
    ),
    "outside_parent": Finding(
        "TIME",
        "warning",
        "{name} of {service} lies {value} ns beyond its parent {related_name} of {related_service}",
        "Synchronise the clocks of {service} and {related_service}, or link asynchronous work instead",
    ),
    "parent_cycle": Finding(
        "CAUSAL",
        "error",
        "{name} of {service} is its own ancestor",
        "Look for reused span ids in {service}",
    ),
    "link_cycle": Finding(
        "CAUSAL",
        "error",
        "{name} of {service} is reached again by parent and link edges",
        "Link to spans that were started before only",
    ),
    "trace_too_large": Finding(
        "CAUSAL",
        "error",
        "The trace has {value} spans, too many to be one request; its tree was not computed",
        "Look for a propagator that never starts a new trace, or a job that should link its steps",
    ),
    "bad_trace_id": Finding(
        "TYPE",
        "error",
        "The trace id of {name} of {service} is empty, zero or not 16 bytes long",
        "Use an SDK's id generator in {service}",
    ),
    "bad_span_id": Finding(
        "TYPE",
        "error",
        "The span id of {name} of {service} is empty, zero or not 8 bytes long",
        "Use an SDK's id generator in {service}",
    ),
    "zero_parent_id": Finding(
        "TYPE",
        "error",
        "The parent id of {name} of {service} is all zero and counts as none",
        "Leave parent_span_id empty on roots of {service}",
    ),
}
