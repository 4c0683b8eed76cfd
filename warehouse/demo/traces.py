"""Drawn requests written as OTLP/JSON lines, batched by time and grouped by resource as a Collector does."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator

import numpy as np

from warehouse.demo.drawing import DrawnShape
from warehouse.demo.spans import Attribute, Node, Pool
from warehouse.demo.topology import SERVICES

SCHEMA_URL = "https://opentelemetry.io/schemas/1.38.0"
BATCH_SPANS = 1_000
"""Spans of one line."""
_STACK = "".join(
    f'  File "/srv/shop/app/{m}.py", line {n}, in {m}\n' for m, n in (("handle", 88), ("call", 41))
)


def _pool(name: Pool, size: int, rng: np.random.Generator) -> list[str]:
    match name:
        case "user":
            return [f"u-{v:06d}" for v in rng.zipf(1.3, size).clip(max=99_999).tolist()]
        case "product":
            return [str(v) for v in rng.integers(1000, 3000, size).tolist()]
        case "order":
            return [f"ord-{v:08d}" for v in rng.integers(0, 10**8, size).tolist()]
        case "bytes":
            return [str(v) for v in rng.integers(180, 60_000, size).tolist()]
        case "thread":
            return [str(v) for v in rng.integers(1, 65, size).tolist()]


def attribute_json(attribute: Attribute) -> str:
    """One attribute as OTLP/JSON; a pooled value leaves `%s` in its place."""
    text = attribute.text.replace("%", "%%").replace("{}", "%s") if attribute.pool else attribute.text
    is_quoted = attribute.type in ("stringValue", "intValue")
    value = json.dumps(text) if is_quoted else text
    return f'{{"key":{json.dumps(attribute.key)},"value":{{"{attribute.type}":{value}}}}}'


def resource_json(service: str, instance: int, version: str) -> str:
    """The resource of one process of a service."""
    attributes = (
        Attribute("service.name", service),
        Attribute("service.namespace", "shop"),
        Attribute("service.version", version),
        Attribute("service.instance.id", f"{service}-{instance}"),
        Attribute("deployment.environment.name", "production"),
        Attribute("telemetry.sdk.language", "python"),
        Attribute("telemetry.sdk.name", "opentelemetry"),
        Attribute("telemetry.sdk.version", "1.45.1"),
        Attribute("host.name", f"node-{instance}"),
        Attribute("k8s.pod.name", f"{service}-{instance}-7d9c"),
        Attribute("process.pid", str(1000 + instance), "intValue"),
    )
    return f'{{"attributes":[{",".join(map(attribute_json, attributes))}]}}'


def scope_json(service: str) -> str:
    return f'{{"name":"shop.{service}","version":"1.4.0"}}'


def _template(node: Node, is_root: bool, trace_state: str, failed: bool, raised: bool) -> str:
    """A span with `%s` for ids, times and pooled attribute values, in the order of `_columns`."""
    parent = "" if is_root else '"parentSpanId":"%s",'
    state = f'"traceState":"{trace_state}",' if trace_state else ""
    attributes = [attribute_json(a) for a in node.attributes]
    if node.status and (failed or node.status[1].isdigit()):
        name, value = node.status
        kind = "intValue" if value.isdigit() else "stringValue"
        attributes.append(f'{{"key":"{name}","value":{{"{kind}":"{value if failed else "200"}"}}}}')
    if failed:
        kind_of_error = node.error[0] if raised else node.status[1] if node.status else "Error"
        attributes.append(f'{{"key":"error.type","value":{{"stringValue":"{kind_of_error}"}}}}')
    events = _events(node, raised)
    links = ',"links":[{"traceId":"%s","spanId":"%s","flags":256}]' if node.is_detached else ""
    status = f'{{"code":2,"message":{json.dumps(node.error[1])}}}' if failed else "{}"
    return (
        f'{{"traceId":"%s","spanId":"%s",{state}{parent}"flags":256,"name":{json.dumps(node.name)},'
        f'"kind":{node.kind},"startTimeUnixNano":"%s","endTimeUnixNano":"%s",'
        f'"attributes":[{",".join(attributes)}]{events}{links},"status":{status}}}'
    )


def _events(node: Node, raised: bool) -> str:
    events = []
    if node.event:
        detail = attribute_json(Attribute("cache.key_count", "1", "intValue"))
        events.append(f'{{"timeUnixNano":"%s","name":"{node.event}","attributes":[{detail}]}}')
    if raised:
        kind, message = node.error
        details = (
            Attribute("exception.type", kind),
            Attribute("exception.message", message),
            Attribute(
                "exception.stacktrace", f"Traceback (most recent call last):\n{_STACK}{kind}: {message}"
            ),
        )
        text = ",".join(map(attribute_json, details))
        events.append(f'{{"timeUnixNano":"%s","name":"exception","attributes":[{text}]}}')
    return f',"events":[{",".join(events)}]' if events else ""


class Hex:
    """Ids drawn as raw bytes, as lower-case hex."""

    def __init__(self, raw: bytes, size: int) -> None:
        self._text, self._digits = raw.hex(), 2 * size

    def at(self, positions: Iterable[int]) -> list[str]:
        text, digits = self._text, self._digits
        return [text[p * digits : (p + 1) * digits] for p in positions]


def _columns(
    node: Node, shape: DrawnShape, i: int, chosen: np.ndarray, raised: bool, rng: np.random.Generator
) -> list[list[str] | list[int]]:
    """The values of a template's `%s`, one list per place, for the chosen requests."""
    k, requests = shape.requests, chosen.tolist()
    spans = Hex(shape.span_ids, 8)
    traces = Hex(shape.trace_ids, 16).at(requests)
    start, duration = shape.start[i][chosen], shape.duration[i][chosen]
    columns: list[list[str] | list[int]] = [traces, spans.at((i * k + chosen).tolist())]
    parents = spans.at((shape.parents[i] * k + chosen).tolist()) if i else []
    if i:
        columns.append(parents)
    columns += [start.tolist(), (start + duration).tolist()]
    columns += [_pool(a.pool, len(requests), rng) for a in node.attributes if a.pool]
    if node.event:
        columns.append((start + duration // 2).tolist())
    if raised:
        columns.append((start + duration * 9 // 10).tolist())
    if node.is_detached:
        columns += [traces, parents]
    return columns


def _rendered(
    shapes: Iterable[DrawnShape], rng: np.random.Generator
) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """Span texts with their resource numbers (service * 3 + instance) and end times."""
    for shape in shapes:
        for i, node in enumerate(shape.nodes):
            raised_in, failed_in = shape.own_error[i], shape.is_error[i]
            for failed, raised, mask in (
                (False, False, ~failed_in),
                (True, False, failed_in & ~raised_in),
                (True, True, raised_in),
            ):
                chosen = np.flatnonzero(mask & shape.is_present[i])
                if not len(chosen):
                    continue
                template = _template(node, i == 0, shape.shape.trace_state, failed, raised)
                rows = zip(*_columns(node, shape, i, chosen, raised, rng), strict=True)
                resource = SERVICES.index(node.service) * 3 + shape.instance[i][chosen]
                end = shape.start[i][chosen] + shape.duration[i][chosen]
                yield [template % row for row in rows], resource, end


def trace_lines(
    shapes: Iterable[DrawnShape], versions: dict[str, str], rng: np.random.Generator
) -> Iterator[str]:
    """JSON lines of about BATCH_SPANS spans each, in the order of the spans' ends."""
    texts: list[str] = []
    resources, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for rendered, resource, end in _rendered(shapes, rng):
        texts += rendered
        resources.append(resource)
        ends.append(end)
    resource, end = np.concatenate(resources), np.concatenate(ends)
    batch = np.empty(len(end), np.int64)
    batch[np.argsort(end, kind="stable")] = np.arange(len(end)) // BATCH_SPANS
    order = np.lexsort((end, resource, batch))
    heads = {
        number: f'{{"resource":{resource_json(service, number % 3, versions[service])},'
        f'"scopeSpans":[{{"scope":{scope_json(service)},"spans":['
        for number, service in ((s * 3 + j, service) for s, service in enumerate(SERVICES) for j in range(3))
    }
    group = batch[order] * 1000 + resource[order]
    edges = np.flatnonzero(np.diff(group, prepend=-1, append=-1)).tolist()
    positions = order.tolist()
    line: list[str] = []
    for first, last in itertools.pairwise(edges):
        number, of_batch = int(resource[positions[first]]), int(batch[positions[first]])
        spans = ",".join([texts[p] for p in positions[first:last]])
        line.append(f'{heads[number]}{spans}]}}],"schemaUrl":"{SCHEMA_URL}"}}')
        if last == len(positions) or batch[positions[last]] != of_batch:
            yield f'{{"resourceSpans":[{",".join(line)}]}}\n'
            line = []
