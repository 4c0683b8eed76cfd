"""Small OTLP/JSON lines that together fill every table of a batch."""

from __future__ import annotations

import json
from typing import Any

BASE_NANO = 1_763_900_000_000_000_000  # 2025-11-23 12:13:20 UTC
MINUTE_NANO = 60_000_000_000
SPANS_PER_LINE = 3


def _resource(n: int) -> dict[str, Any]:
    return {"attributes": [{"key": "service.name", "value": {"stringValue": f"service-{n % 5}"}}]}


def trace_line(n: int, padding: int = 0) -> str:
    """Three spans of trace n, one minute after those of trace n - 1; the first has an event and a link."""
    start = BASE_NANO + n * MINUTE_NANO
    spans = [
        {
            "traceId": f"{n + 1:032x}",
            "spanId": f"{n * SPANS_PER_LINE + i + 1:016x}",
            "parentSpanId": f"{n * SPANS_PER_LINE + i:016x}" if i else "",
            "name": f"operation-{i}",
            "kind": 2,
            "startTimeUnixNano": str(start + i),
            "endTimeUnixNano": str(start + 1_000_000),
            "attributes": [{"key": "padding", "value": {"stringValue": "x" * padding}}],
        }
        for i in range(SPANS_PER_LINE)
    ]
    spans[0]["events"] = [{"timeUnixNano": str(start), "name": "event"}]
    spans[0]["links"] = [{"traceId": f"{n + 1:032x}", "spanId": f"{1:016x}"}]
    scope = {"scope": {"name": f"scope-{n % 2}"}, "spans": spans}
    return _line("resourceSpans", {"resource": _resource(n), "scopeSpans": [scope]})


def log_line(n: int) -> str:
    record = {"timeUnixNano": str(BASE_NANO + n * MINUTE_NANO), "body": {"stringValue": f"message {n}"}}
    return _line("resourceLogs", {"resource": _resource(n), "scopeLogs": [{"logRecords": [record]}]})


def metric_line(n: int) -> str:
    """A point of each kind of metric, one of them with an exemplar."""
    at = {"timeUnixNano": str(BASE_NANO + n * MINUTE_NANO), "startTimeUnixNano": str(BASE_NANO)}
    exemplar = {"timeUnixNano": at["timeUnixNano"], "asDouble": 1.5}
    metrics = [
        {"name": "gauge", "gauge": {"dataPoints": [at | {"asInt": str(n), "exemplars": [exemplar]}]}},
        {
            "name": "histogram",
            "histogram": {
                "aggregationTemporality": 2,
                "dataPoints": [at | {"count": "3", "explicitBounds": [1], "bucketCounts": ["1", "2"]}],
            },
        },
        {
            "name": "exponential",
            "exponentialHistogram": {
                "aggregationTemporality": 1,
                "dataPoints": [at | {"count": "2", "scale": 3, "positive": {"bucketCounts": ["2"]}}],
            },
        },
        {"name": "summary", "summary": {"dataPoints": [at | {"count": "1", "sum": 2.5}]}},
    ]
    return _line("resourceMetrics", {"resource": _resource(n), "scopeMetrics": [{"metrics": metrics}]})


def mixed_lines(first: int, lines: int, padding: int = 0) -> str:
    """Lines of all signals in turn."""
    kinds = (lambda n: trace_line(n, padding), log_line, metric_line)
    return "".join(kinds[n % 3](n) for n in range(first, first + lines))


def _line(key: str, value: dict[str, Any]) -> str:
    return json.dumps({key: [value]}, separators=(",", ":")) + "\n"
