"""Log records of drawn requests: an ERROR for every exception, an INFO for one in ten finished requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import numpy as np

from warehouse.demo.drawing import Booleans, DrawnShape
from warehouse.demo.spans import Attribute
from warehouse.demo.topology import SERVICES
from warehouse.demo.traces import SCHEMA_URL, Hex, attribute_json, resource_json, scope_json

INFO, ERROR = 9, 17


def info_logged(shape: DrawnShape) -> Booleans:
    """The requests whose root span logs that it finished: every tenth of a shape."""
    return np.asarray(np.arange(shape.requests) % 10 == 0)


def _record(severity: int, body: str, attributes: Iterable[Attribute]) -> str:
    """A log record with `%s` for time (twice), trace id and span id."""
    name = {INFO: "INFO", ERROR: "ERROR"}[severity]
    texts = ",".join(map(attribute_json, attributes))
    return (
        f'{{"timeUnixNano":"%s","observedTimeUnixNano":"%s","severityNumber":{severity},"severityText":"{name}",'
        f'"body":{{"stringValue":{json.dumps(body)}}},"attributes":[{texts}],'
        f'"flags":1,"traceId":"%s","spanId":"%s"}}'
    )


def _rendered(shapes: Iterable[DrawnShape]) -> Iterator[tuple[int, str]]:
    """(resource number, log record) for every log record."""
    for shape in shapes:
        traces, spans, k = Hex(shape.trace_ids, 16), Hex(shape.span_ids, 8), shape.requests
        for i, node in enumerate(shape.nodes):
            kind, message = node.error
            details = (Attribute("exception.type", kind), Attribute("exception.message", message))
            failure = _record(ERROR, f"{node.name}: {message}", details)
            wanted = [(failure, np.flatnonzero(shape.own_error[i]))]
            if i == 0:
                done = _record(INFO, f"{node.name} done", (Attribute("log.logger", f"shop.{node.service}"),))
                wanted.append((done, np.flatnonzero(info_logged(shape))))
            for template, chosen in wanted:
                times = (shape.start[i] + shape.duration[i])[chosen].tolist()
                ids = spans.at((i * k + chosen).tolist())
                numbers = (SERVICES.index(node.service) * 3 + shape.instance[i][chosen]).tolist()
                columns = zip(numbers, times, traces.at(chosen.tolist()), ids, strict=True)
                for number, time, trace, span in columns:
                    yield number, template % (time, time, trace, span)


def log_lines(shapes: Iterable[DrawnShape], versions: dict[str, str]) -> Iterator[str]:
    """One JSON line per resource that logged."""
    by_resource: dict[int, list[str]] = {}
    for number, record in _rendered(shapes):
        by_resource.setdefault(number, []).append(record)
    for number, records in sorted(by_resource.items()):
        service = SERVICES[number // 3]
        yield (
            f'{{"resourceLogs":[{{"resource":{resource_json(service, number % 3, versions[service])},'
            f'"scopeLogs":[{{"scope":{scope_json(service)},"logRecords":[{",".join(records)}]}}],'
            f'"schemaUrl":"{SCHEMA_URL}"}}]}}\n'
        )
