"""What can be wrong: every finding with its constraint, severity, and the sentences that people read.

Texts are templates. `{name}`, `{service}`, `{parent_span_id}` and `{peer}` speak of the span that is
concerned, `{related_name}` and `{related_service}` of the span that it is set against, `{value}` and
`{duration}` of the finding's number (plain, or as a time), and `{attribute}`, `{expected}`, `{found}` and
`{convention}` of the number that `conventions.coded` made. Other fields are columns of the findings.
"""

from __future__ import annotations

from warehouse.integrity.attribute_findings import CHILD_INSTRUMENTATION, INSTRUMENTATION, RESOURCES, TYPES
from warehouse.integrity.finding import Finding

_TRACES = (
    Finding(
        "multiple_roots",
        "IC1",
        "error",
        "The trace has {value} root spans; the earliest is span {name} of {service}.",
        "Find what starts a new root inside a running trace in {service} or in what it calls: pass the "
        "context on, or start a new trace and link it.",
    ),
    Finding(
        "conflicting_duplicate",
        "IC1",
        "error",
        "Two copies of span {name} of {service} have the same ids and other content; the one that ends last "
        "was kept.",
        "Find out why {service} exports the span twice: a retry after a partial success, a span ended "
        "twice, or reused span ids. The losing copy is among the rejects.",
    ),
    Finding(
        "more_conflicting_duplicates",
        "IC1",
        "error",
        "{value} more copies of the span have the same ids and other content than the one that was kept.",
        "Find out why the span id is used again and again: ids from a badly seeded generator, or one span "
        "that is exported at every change. Every losing copy is among the rejects.",
    ),
    Finding(
        "trace_too_large",
        "CAUSAL",
        "error",
        "The trace holds {value} spans, too many to be one: parents, depth and critical path are not "
        "computed.",
        "Find the propagator or the job that keeps one trace id for unrelated work, and start a trace per "
        "request; link them when they belong together.",
    ),
    Finding(
        "missing_parent",
        "IC2",
        "warning",
        "Span {name} of {service} names the parent {parent_span_id}, which the trace does not hold.",
        "Instrument and export the caller of {service}, and let one sampling decision hold for the whole "
        "trace (parent-based or tail sampling). A parent that arrives later resolves this.",
    ),
    Finding(
        "uninstrumented_callee",
        "IC3",
        "warning",
        "Span {name} of {service} calls {peer}, which sends spans, but none continues this call.",
        "Check that {service} injects the trace context and that {peer} extracts it: propagators, proxies "
        "and message headers between the two must keep traceparent.",
    ),
    Finding(
        "unnamed_peer",
        "IC3",
        "warning",
        "Span {name} of {service} calls something that it does not name, and no span continues the call.",
        "Let the instrumentation of {service} set service.peer.name, server.address or "
        "messaging.destination.name, and check that the trace context is passed on.",
    ),
    Finding(
        "ends_before_start",
        "TIME",
        "error",
        "Span {name} of {service} ends {duration} before it starts.",
        "Measure the duration of {service} with a monotonic clock: its wall clock was set back while the "
        "span was open, or start and end times are swapped.",
    ),
    Finding(
        "outside_parent",
        "TIME",
        "warning",
        "Span {name} of {service} lies {duration} outside its parent {related_name} of {related_service}, "
        "more than the usual clock skew between them.",
        "End {related_name} after the work that it waits for, and synchronise the clocks of their hosts. "
        "Work that outlives its caller on purpose has PRODUCER and CONSUMER spans or a link.",
    ),
    Finding(
        "parent_cycle",
        "CAUSAL",
        "error",
        "Span {name} of {service} is its own ancestor: following {parent_span_id} leads back to it.",
        "Find what writes parent ids by hand or reuses span ids in {service}; a new span needs a new id.",
    ),
    Finding(
        "link_cycle",
        "CAUSAL",
        "error",
        "Span {name} of {service} lies on a cycle of parent edges and links: it comes before itself.",
        "Link only to spans that ended or started before: correct the links that {service} adds.",
    ),
    Finding(
        "bad_trace_id",
        "TYPE",
        "error",
        "Span {name} of {service} has no valid trace id: 16 bytes that are not all zero.",
        "Let the SDK of {service} make the ids, and check converters that shorten or pad them.",
    ),
    Finding(
        "bad_span_id",
        "TYPE",
        "error",
        "Span {name} of {service} has no valid span id: 8 bytes that are not all zero.",
        "Let the SDK of {service} make the ids, and check converters that shorten or pad them.",
    ),
    Finding(
        "zero_parent_id",
        "TYPE",
        "error",
        "Span {name} of {service} states an all-zero parent id; it is read as a root.",
        "Leave parentSpanId empty for a root in what exports {service}.",
    ),
)
_POINTS = (
    Finding(
        "equal_point_time",
        "IC4",
        "error",
        "Two points of {metric} of {service} have the time {moment}.",
        "Find the second writer of this stream and give each its own service.instance.id, or the exporter "
        "that sends a point twice.",
    ),
    Finding(
        "overlapping_points",
        "IC4",
        "error",
        "The point of {metric} of {service} at {moment} begins at {beginning}, before the point at "
        "{previous_moment} ended.",
        "Let an interval of {metric} begin where the one before ended; two writers of one stream need "
        "service.instance.id or another attribute that tells them apart.",
    ),
    Finding(
        "falling_counter",
        "IC4",
        "error",
        "{metric} of {service} falls from {expected} to {found} at {moment} although its start did not move.",
        "Move the start time when the counter begins anew, make {metric} a sum that is not monotonic, or "
        "tell its writers apart.",
    ),
)
FINDINGS: dict[str, Finding] = {
    f.name: f for f in (*_TRACES, *TYPES, *INSTRUMENTATION, *CHILD_INSTRUMENTATION, *RESOURCES, *_POINTS)
}
"""Every finding by name."""
