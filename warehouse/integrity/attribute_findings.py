"""What can be wrong with single spans, events, links and resources, and with what instrumentations write."""

from __future__ import annotations

from warehouse.integrity.finding import Finding

TYPES = (
    Finding(
        "bad_time",
        "TYPE",
        "error",
        "Span {name} of {service} starts or ends before 1970 or after 2262.",
        "Write nanoseconds since 1970 in what exports {service}, not another unit or a signed difference.",
    ),
    Finding(
        "deep_value",
        "TYPE",
        "error",
        "Span {name} of {service} has an attribute that nests {value} deep; 16 levels are read everywhere.",
        "Flatten the value in {service}, or write it as a JSON text.",
    ),
    Finding(
        "wrong_attribute_type",
        "TYPE",
        "warning",
        "{attribute} of span {name} of {service} is {found}; the conventions have {expected}.",
        "Let the instrumentation of {service} write {attribute} as {expected}, or convert it in the "
        "Collector's transform processor.",
    ),
    Finding(
        "wrong_event_attribute_type",
        "TYPE",
        "warning",
        "{attribute} on an event of span {name} of {service} is {found}; the conventions have {expected}.",
        "Let what adds events in {service} write {attribute} as {expected}, or convert it in the "
        "Collector's transform processor.",
    ),
    Finding(
        "deep_event_value",
        "TYPE",
        "error",
        "An event of span {name} of {service} has an attribute that nests {value} deep; 16 levels are "
        "read everywhere.",
        "Flatten the value in {service}, or write it as a JSON text.",
    ),
    Finding(
        "wrong_link_attribute_type",
        "TYPE",
        "warning",
        "{attribute} on a link of span {name} of {service} is {found}; the conventions have {expected}.",
        "Let what adds links in {service} write {attribute} as {expected}, or convert it in the "
        "Collector's transform processor.",
    ),
    Finding(
        "deep_link_value",
        "TYPE",
        "error",
        "A link of span {name} of {service} has an attribute that nests {value} deep; 16 levels are "
        "read everywhere.",
        "Flatten the value in {service}, or write it as a JSON text.",
    ),
    Finding(
        "misplaced_attribute",
        "TYPE",
        "warning",
        "{attribute} on span {name} of {service} describes a resource, not a span.",
        "Set {attribute} on the resource of {service}: OTEL_RESOURCE_ATTRIBUTES, a resource detector, or the "
        "Collector's groupbyattrs processor.",
    ),
    Finding(
        "misplaced_event_attribute",
        "TYPE",
        "warning",
        "{attribute} on an event of span {name} of {service} describes a resource, not an event.",
        "Set {attribute} on the resource of {service}: OTEL_RESOURCE_ATTRIBUTES or a resource detector.",
    ),
    Finding(
        "misplaced_link_attribute",
        "TYPE",
        "warning",
        "{attribute} on a link of span {name} of {service} describes a resource, not a link.",
        "Set {attribute} on the resource of {service}: OTEL_RESOURCE_ATTRIBUTES or a resource detector.",
    ),
    Finding(
        "missing_required_event_attribute",
        "TYPE",
        "warning",
        "An event {event} of span {name} of {service} lacks {wanted}, which its convention requires.",
        "Let what adds the event in {service} set {wanted}; exceptions are best recorded by the SDK.",
    ),
    Finding(
        "missing_required_attribute",
        "TYPE",
        "warning",
        "Span {name} of {service} follows the convention {convention} and lacks {attribute}, which it "
        "requires.",
        "Let the instrumentation of {service} set {attribute}: upgrade it, or set it in a hook of the "
        "instrumentation.",
    ),
)
INSTRUMENTATION = (
    Finding(
        "deprecated_attribute",
        "TYPE",
        "info",
        "{scope} of {service} writes {attribute} (spans: {value}); {state}.",
        "{instead}: upgrade the instrumentation {scope}, or rename the attribute in the Collector's "
        "transform processor.",
    ),
    Finding(
        "unknown_enum_member",
        "TYPE",
        "info",
        "{scope} of {service} writes values of {attribute} that are no members of its enumeration, such as "
        "{found} (spans: {value}).",
        "Write one of {expected}, spelled like this.",
    ),
)
CHILD_INSTRUMENTATION = tuple(
    Finding(
        finding.name.replace("_", f"_{what}_", 1),
        finding.constraint,
        finding.severity,
        finding.detail.replace("{attribute}", f"{{attribute}} on {what}s", 1),
        finding.fix,
    )
    for what in ("event", "link")
    for finding in INSTRUMENTATION
)
RESOURCES = (
    Finding(
        "missing_service_name",
        "IC5",
        "error",
        "A resource with telemetry of this date has no service.name; it says {said}.",
        "Set OTEL_SERVICE_NAME, or service.name in OTEL_RESOURCE_ATTRIBUTES, where this telemetry is made.",
    ),
    Finding(
        "wrong_resource_attribute_type",
        "TYPE",
        "warning",
        "{attribute} of the resource of {service} is {found}; the conventions have {expected}.",
        "Let the SDK or resource detector of {service} write {attribute} as {expected}.",
    ),
    Finding(
        "deprecated_resource_attribute",
        "TYPE",
        "info",
        "The resource of {service} has {attribute}; {state}.",
        "{instead}: upgrade the SDK or resource detector of {service}.",
    ),
    Finding(
        "deep_resource_value",
        "TYPE",
        "error",
        "The resource of {service} has an attribute that nests {value} deep; 16 levels are read everywhere.",
        "Flatten the value in the configuration of {service}, or write it as a JSON text.",
    ),
)
