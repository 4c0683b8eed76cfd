"""TYPE on spans: clean spans pass, and one planted defect gives exactly that finding, on its row."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from span_tables import span, spans

from warehouse.integrity.nesting import depths
from warehouse.integrity.rendering import render_violations
from warehouse.integrity.types import FINDING_SCHEMA, type_findings

SERVER, CLIENT, PRODUCER = 2, 3, 4
TYPE, IC5 = 128, 16


def nested(levels: int) -> str:
    """OTLP/JSON of a value that nests so deep: arrays and maps around a text with brackets in it."""
    value = '{"stringValue":"[[\\"[["}'
    for level in range(levels - 2):
        if level % 2:
            value = f'{{"arrayValue":{{"values":[{value}]}}}}'
        else:
            value = f'{{"kvlistValue":{{"values":[{{"key":"]][","value":{value}}}]}}}}'
    return f'{{"values":[{value}]}}'


def deep(levels: int) -> dict[str, Any]:
    return span(attributes=None) | {"attributes": [("config", nested(levels))], "attribute_types": "a"}


def array(key: str, elements: str) -> dict[str, Any]:
    """A span with an array, as OTLP/JSON."""
    return span() | {"attributes": [(key, f'{{"values":[{elements}]}}')], "attribute_types": "a"}


WRONG = "wrong_attribute_type"
TEXTS = '{"stringValue":"-v"},{"stringValue":"a\\"b\\\\"},{}'
CLEAN = [
    array("process.command_args", TEXTS),
    array("process.command_args", ""),
    array("http.request.header.accept", TEXTS),
    array("my.own", '{"intValue":"1"},{"stringValue":"a"}'),
    span(),
    span({"http.request.method": "GET", "url.path": "/", "url.scheme": "http"}, kind=SERVER),
    span(
        {"http.request.method": "GET", "url.full": "http://a/", "server.address": "a", "server.port": 1},
        kind=3,
    ),
    # Another convention's span may carry HTTP attributes too.
    span({"http.request.method": "GET", "url.full": "http://a/", "db.system.name": "elasticsearch"}, kind=3),
    # An older convention is not held to the newer one.
    span({"http.method": "GET", "http.status_code": 200}, kind=SERVER),
    span(
        {"messaging.destination.name": "q", "messaging.system": "kafka", "messaging.operation": "publish"},
        kind=4,
    ),
    span({"db.query.text": "select 1", "db.system": "mysql"}, kind=CLIENT),
    span({"http.request.method": "GET"}, kind=SERVER, dropped_attributes_count=3),
    span({"http.request.method": "GET"}, kind=1),
    span({"my.own": 1, "app": True, "gc.share": 1.5, "nothing": None, "server.port": None}),
    span({"azure.cosmosdb.operation.request_charge": 3}),
    span({"service.version": "1.0", "process.pid": 7, "k8s.mine": "x"}),
    deep(16),
    span(duration_nano=-5),
    span(start_time_unix_nano=0, duration_nano=0),
]
DEFECTS: dict[str, tuple[dict[str, Any], str]] = {
    "text_for_integer": (span({"http.response.status_code": "200"}), "wrong_attribute_type"),
    "integer_for_text": (span({"server.address": 17}), "wrong_attribute_type"),
    "double_for_integer": (span({"thread.id": 1.5}), "wrong_attribute_type"),
    "text_for_boolean": (span({"faas.coldstart": "true"}), "wrong_attribute_type"),
    "old_name": (span({"http.status_code": "200"}), "wrong_attribute_type"),
    "below_template": (span({"http.request.header.accept": "text/html"}), "wrong_attribute_type"),
    "integer_among_texts": (
        array("process.command_args", '{"stringValue":"a\\",{"},{"intValue":"1"}'),
        WRONG,
    ),
    "text_for_integers": (array("pprof.scope.sample_type_order", '{"stringValue":"1"}'), WRONG),
    "service_on_span": (span({"service.name": "cart"}), "misplaced_attribute"),
    "pod_on_span": (span({"k8s.pod.name": "cart-1"}), "misplaced_attribute"),
    "deep": (deep(17), "deep_value"),
    "no_scheme": (
        span({"http.request.method": "GET", "url.path": "/"}, kind=SERVER),
        "missing_required_attribute",
    ),
    "no_system": (span({"db.query.text": "select 1"}, kind=CLIENT), "missing_required_attribute"),
    "no_rpc_system": (span({"rpc.method": "a/b"}, kind=SERVER), "missing_required_attribute"),
    "negative_start": (span(start_time_unix_nano=-1), "bad_time"),
    "end_beyond": (span(start_time_unix_nano=2**63 - 5, duration_nano=5), "bad_time"),
}


def outcome(table: pa.Table) -> tuple[list[int], list[tuple[str, int]]]:
    known, findings = type_findings(table)
    assert findings.schema == FINDING_SCHEMA and known.type == pa.int32()
    rows = zip(findings["finding"].to_pylist(), findings["row"].to_pylist(), strict=True)
    return known.to_pylist(), sorted(rows)


def test_clean_spans_have_no_findings() -> None:
    assert outcome(spans(*CLEAN)) == ([0] * len(CLEAN), [])


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_alone_and_on_its_row(name: str) -> None:
    defect, finding = DEFECTS[name]
    rows = [*CLEAN, defect, *CLEAN]
    expected = [0] * len(rows)
    expected[len(CLEAN)] = TYPE
    assert outcome(spans(*rows)) == (expected, [(finding, len(CLEAN))])


def test_a_span_without_service_carries_its_resources_bit() -> None:
    known, found = outcome(spans(span(), span(service_name=None), span(service_name="")))
    assert (known, found) == ([0, IC5, IC5], [])


def test_every_missing_attribute_is_a_finding() -> None:
    known, found = outcome(spans(span({"http.request.method": "GET"}, kind=CLIENT)))
    assert known == [TYPE] and found == [("missing_required_attribute", 0)] * 3


def test_sentences_say_what_to_write() -> None:
    table = spans(
        span({"http.status_code": "200"}, name="GET /", service_name="cart"),
        span({"k8s.pod.name": "x", "http.request.header.host": "h"}),
        span({"rpc.method": "a/b"}, kind=SERVER),
        deep(40),
        array("process.command_args", TEXTS + ',{"kvlistValue":{"values":[]}},{"intValue":"1"}'),
    )
    rendered = render_violations(type_findings(table)[1], table)
    details = rendered["detail"].to_pylist()
    assert "http.status_code of span GET / of cart is a string; the conventions have an integer." in details
    assert "k8s.pod.name on span work of shop describes a resource, not a span." in details
    assert any(d.startswith("http.request.header.<key> of span work of shop is a string;") for d in details)
    assert any("follows the convention rpc.call.server and lacks rpc.system.name" in d for d in details)
    assert any("nests 40 deep" in d for d in details)
    assert any(
        d.endswith("is an array that holds a map; the conventions have an array of strings.") for d in details
    )
    assert len(details) == 6 and set(rendered["constraint_id"].to_pylist()) == {"TYPE"}


def test_rows_are_counted_across_chunks_slices_and_dictionaries() -> None:
    seed = 20261124
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows = [rng.choice([*CLEAN, *(d for d, _ in DEFECTS.values())]) for _ in range(300)]
    whole = spans(*rows)
    expected = outcome(whole)
    cuts = sorted(rng.sample(range(300), 9))
    parts = [whole.slice(a, b - a) for a, b in zip([0, *cuts], [*cuts, 300], strict=True)]
    assert outcome(pa.concat_tables(parts)) == expected
    at = whole.schema.get_field_index("http_request_method")
    encoded = whole.set_column(at, "http_request_method", whole.column(at).dictionary_encode())
    assert outcome(encoded) == expected
    assert outcome(whole.slice(100))[0] == expected[0][100:]


def test_no_rows_and_bare_rows() -> None:
    assert outcome(spans()) == ([], [])
    assert outcome(spans(span(), span())) == ([0, 0], [])


def test_letters_that_do_not_match_the_map_are_refused() -> None:
    with pytest.raises(ValueError, match="one letter per attribute"):
        type_findings(spans(span({"a": "b"}, attribute_types="ss")))


@pytest.mark.parametrize("levels", [16, 17, 18, 60, 128])
def test_depth_is_exact_where_it_matters(levels: int) -> None:
    found = depths(pa.array([nested(2), nested(levels), "", "[[", nested(levels)])).tolist()
    assert found[0] == 1 and found[1] == found[4] == levels


def test_an_innermost_empty_array_adds_no_level() -> None:
    value = "[" * 16 + "]" * 16
    assert depths(pa.array([value, "[" + value + "]"])).tolist() == [16, 17]
