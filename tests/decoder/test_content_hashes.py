"""Golden vectors: the keys of known telemetry never change, whoever computes them.

A changed number here means that every lake in the world has to be rebuilt.
"""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from oracle import hashing, native
from oracle.decoding import rows_from_message

from warehouse import _native


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", 3244421341483603138),
        (b"otlp", -4043744322423531882),
        (bytes(range(256)), -7779787747613135503),
    ],
)
def test_xxh3(data: bytes, wanted: int) -> None:
    """Seed 0; the value for no bytes is the published one, 0x2d06800538d394c2."""
    assert _native.xxh3_64(data) == wanted
    assert hashing.key(data) == wanted


def _string(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def span_request() -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add(schema_url="https://opentelemetry.io/schemas/1.38.0")
    group.resource.attributes.extend([_string("service.name", "shop"), _string("host.name", "node-1")])
    group.resource.dropped_attributes_count = 2
    group.resource.entity_refs.add(type="service", id_keys=["service.name"])
    scope = group.scope_spans.add(schema_url="https://example.org/scope")
    scope.scope.name, scope.scope.version = "shop.http", "1.2"
    span = scope.spans.add(
        trace_id=bytes(range(16)),
        span_id=bytes(range(8)),
        parent_span_id=bytes(range(8, 16)),
        trace_state="ot=th:c",
        flags=0x101,
        name="GET /products/{id}",
        kind=2,
        start_time_unix_nano=1_795_000_000_000_000_000,
        end_time_unix_nano=1_795_000_000_250_000_000,
    )
    span.status.code, span.status.message = 2, "out of stock"
    span.attributes.extend(
        [
            _string("http.route", "/products/{id}"),
            KeyValue(key="retries", value=AnyValue(int_value=-3)),
            KeyValue(key="ratio", value=AnyValue(double_value=0.1)),
            KeyValue(key="raw", value=AnyValue(bytes_value=b"\x00\xff")),
            KeyValue(key="nothing"),
        ]
    )
    event = span.events.add(time_unix_nano=1_795_000_000_100_000_000, name="exception")
    event.attributes.append(_string("exception.type", "KeyError"))
    link = span.links.add(trace_id=bytes(16), span_id=bytes(8), trace_state="a=b", flags=1)
    link.attributes.append(KeyValue(key="ok", value=AnyValue(bool_value=True)))
    return request


def point_request() -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="requests", unit="1")
    metric.sum.aggregation_temporality, metric.sum.is_monotonic = 2, True
    point = metric.sum.data_points.add(time_unix_nano=1_795_000_000_000_000_000, as_int=7)
    point.attributes.append(_string("route", "/"))
    return request


SPAN_KEYS = {
    "resources.resource_key": 86504596593185935,
    "scopes.scope_key": -8235739512174582462,
    "spans_landing.content_key": -4389911297214072850,
    "spans_landing.resource_key": 86504596593185935,
    "spans_landing.scope_key": -8235739512174582462,
    "spans_landing.operation_key": 8120901136395890823,
    "span_events_landing.content_key": -4389911297214072850,
    "span_links_landing.content_key": -4389911297214072850,
}
STREAM_KEYS = {
    "resources.resource_key": -1728688118590820851,
    "scopes.scope_key": -4455270338427536198,
    "metric_streams.stream_key": -4005134646185962881,
    "metric_streams.resource_key": -1728688118590820851,
    "metric_streams.scope_key": -4455270338427536198,
    "number_points.stream_key": -4005134646185962881,
}


def _keys(rows: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    return {
        f"{table}.{column}": value
        for table, (row, *more) in rows.items()
        for column, value in row.items()
        if column.endswith("_key") and column != "file_key" and not more
    }


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [(span_request(), SPAN_KEYS), (point_request(), STREAM_KEYS)],
    ids=["span", "stream"],
)
def test_keys(request_: Any, wanted: dict[str, int]) -> None:
    tables, _ = native.decode(request_.SerializeToString(), "proto")
    assert _keys(native.plain_tables(tables)) == wanted
    assert _keys(rows_from_message(request_).rows) == wanted


def _span_key(request: ExportTraceServiceRequest) -> int:
    tables, _ = native.decode(request.SerializeToString(), "proto")
    key: int = tables["spans_landing"]["content_key"][0].as_py()
    return key


def test_content_key_ignores_the_order_of_attributes() -> None:
    request = span_request()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    attributes = list(span.attributes)[::-1]
    del span.attributes[:]
    span.attributes.extend(attributes)
    resource = request.resource_spans[0].resource
    backwards = list(resource.attributes)[::-1]
    del resource.attributes[:]
    resource.attributes.extend(backwards)
    assert _span_key(request) == SPAN_KEYS["spans_landing.content_key"]


def _changes() -> dict[str, Any]:
    def on_span(name: str, value: Any) -> Any:
        return lambda r: setattr(r.resource_spans[0].scope_spans[0].spans[0], name, value)

    return {
        "end": on_span("end_time_unix_nano", 1_795_000_000_250_000_001),
        "name": on_span("name", "GET /products"),
        "flags": on_span("flags", 0x100),
        "trace state": on_span("trace_state", ""),
        "dropped attributes": on_span("dropped_attributes_count", 1),
        "dropped links": on_span("dropped_links_count", 1),
        "schema url": lambda r: setattr(r.resource_spans[0], "schema_url", ""),
        "scope version": lambda r: setattr(r.resource_spans[0].scope_spans[0].scope, "version", "1.3"),
        "entity": lambda r: r.resource_spans[0].resource.entity_refs[0].id_keys.append("x"),
        "event": lambda r: r.resource_spans[0].scope_spans[0].spans[0].events[0].attributes.clear(),
        "link": lambda r: setattr(r.resource_spans[0].scope_spans[0].spans[0].links[0], "flags", 0),
        "no event": lambda r: r.resource_spans[0].scope_spans[0].spans[0].events.clear(),
        "status": lambda r: setattr(r.resource_spans[0].scope_spans[0].spans[0].status, "message", "out"),
        "value": lambda r: (
            r.resource_spans[0]
            .scope_spans[0]
            .spans[0]
            .attributes[1]
            .value.CopyFrom(AnyValue(string_value="-3"))
        ),
    }


@pytest.mark.parametrize("change", _changes(), ids=str)
def test_content_key_changes_with_every_field(change: str) -> None:
    request = span_request()
    _changes()[change](request)
    assert _span_key(request) != SPAN_KEYS["spans_landing.content_key"]
