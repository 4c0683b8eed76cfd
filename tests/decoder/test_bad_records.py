"""Well-formed input with odd or impossible values: what is taken, how it reads, which reject it becomes."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from oracle import native
from oracle.accounting import checked, reasons
from oracle.comparison import differences
from oracle.context import Context
from oracle.decoding import decode

POSITION = ("byte_offset", "record_ordinal")
HEX, HEX_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD: dict[str, Any] = {"traceId": HEX, "spanId": HEX_SPAN, "name": "good", "startTimeUnixNano": "1"}


def _spans(*spans: Any, **group: Any) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}], **group}]}).encode()


def _one(span: dict[str, Any]) -> dict[str, Any]:
    """The row of a span that is taken; the oracle agrees about it."""
    data = _spans(GOOD | span)
    rows, _ = checked(data, "json_lines")
    assert rows.pop("rejects") == []
    assert differences(rows, decode(data, "json_lines").rows, leave_out=POSITION) == []
    (row,) = rows["spans_landing"]
    return row


def _rejected(span: dict[str, Any]) -> str:
    """The reason why a span between two good ones is rejected; the good ones stay."""
    data = _spans(GOOD, GOOD | span, GOOD)
    rows, report = checked(data, "json_lines")
    assert (report["spans"], len(rows["spans_landing"])) == (3, 2)
    assert decode(data, "json_lines").rejected["span"] == 1
    (reject,) = rows["rejects"]
    assert reject["signal"] == "span"
    assert reject["record_ordinal"] == 1
    assert json.loads(reject["raw"]) == GOOD | span
    return str(reject["reason"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HEX.upper(), HEX),
        ("CvdlGRbNQ92ESOshHIAxnA==", HEX),
        ("CvdlGRbNQ92ESOshHIAxnA", HEX),
        ("-_-_-_-_-_-_-_-_-_-_-w==", "fbffbffbffbffbffbffbffbffbffbffb"),
        ("", ""),
        ("0" * 32, "0" * 32),
        ("abcd", "abcd"),
        ("ABC", "0010"),
        ("ab" * 17, "ab" * 17),
    ],
)
def test_trace_ids(text: str, wanted: str) -> None:
    assert _one({"traceId": text})["trace_id"] == wanted


@pytest.mark.parametrize(
    "text", ["!!!", "not an id", "CvdlGRbNQ92ESOshHIAxnA===", "a", "é", 12, True, {}, []]
)
def test_what_is_no_id(text: Any) -> None:
    assert _rejected({"spanId": text}) in ("bad_id", "wrong_type")


def test_a_null_id_is_a_missing_one() -> None:
    assert _one({"traceId": None, "spanId": None})["trace_id"] == ""


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("startTimeUnixNano", str(2**63), "time_out_of_range"),
        ("endTimeUnixNano", 2**64 - 1, "time_out_of_range"),
        ("startTimeUnixNano", 2**64, None),
        ("startTimeUnixNano", "-1", None),
        ("startTimeUnixNano", "soon", None),
        ("startTimeUnixNano", 1.5, None),
        ("flags", 2**32, None),
        ("flags", -1, None),
        ("flags", 10**400, None),
        ("droppedEventsCount", "9" * 400, None),
        ("kind", "SPAN_KIND_TELEPATHIC", "unknown_enum_name"),
        ("kind", 2**31, None),
        ("status", {"code": "STATUS_CODE_FINE"}, "unknown_enum_name"),
        ("status", "ok", "wrong_type"),
        ("name", 5, "wrong_type"),
        ("attributes", {"a": 1}, "wrong_type"),
        ("attributes", [{"key": "a", "value": {"intValue": str(2**63)}}], None),
        ("attributes", [{"key": "a", "value": {"intValue": "one"}}], None),
        ("attributes", [{"key": "a", "value": {"boolValue": "true"}}], "wrong_type"),
        ("attributes", [{"key": "a", "value": {"bytesValue": "%"}}], "bad_base64"),
        ("events", [{"timeUnixNano": str(2**63)}], "time_out_of_range"),
        ("links", [{"traceId": "?"}], "bad_id"),
    ],
)
def test_bad_fields_reject_their_record_alone(field: str, value: Any, reason: str | None) -> None:
    found = _rejected({field: value})
    assert found == reason if reason else found


@pytest.mark.parametrize(
    ("field", "value", "column", "wanted"),
    [
        ("kind", 77, "kind", 77),
        ("kind", "SPAN_KIND_CONSUMER", "kind", 5),
        ("kind", "3", "kind", 3),
        ("status", {"code": 9}, "status_code", 9),
        ("status", {}, "status_message", None),
        ("flags", "257", "flags", 257),
        ("startTimeUnixNano", 1.5e18, "start_time_unix_nano", 1_500_000_000_000_000_000),
        ("startTimeUnixNano", 2**63 - 1, "start_time_unix_nano", 2**63 - 1),
        ("parentSpanId", "", "parent_span_id", None),
        ("traceState", "", "trace_state", None),
        ("traceState", "ot=th:8", "adjusted_count", 2.0),
        ("traceState", "a=b, ot=rv:1;th:c", "adjusted_count", 4.0),
        ("traceState", "ot=th:nonsense", "adjusted_count", 1.0),
        ("name", None, "name", ""),
        ("endTimeUnixNano", "0", "duration_nano", -1),
    ],
)
def test_odd_fields_are_taken(field: str, value: Any, column: str, wanted: Any) -> None:
    assert _one({field: value})[column] == wanted


@pytest.mark.parametrize(
    ("value", "letter", "text"),
    [
        ({"doubleValue": "NaN"}, "d", "NaN"),
        ({"doubleValue": "-Infinity"}, "d", "-Infinity"),
        ({"doubleValue": 1}, "d", "1.0"),
        ({"doubleValue": -0.0}, "d", "-0.0"),
        ({"doubleValue": 1e-7}, "d", "1e-7"),
        ({"doubleValue": "1e300"}, "d", "1e300"),
        ({"intValue": 5}, "i", "5"),
        ({"intValue": "-9223372036854775808"}, "i", "-9223372036854775808"),
        ({"intValue": "007"}, "i", "7"),
        ({"bytesValue": "_-8"}, "y", "/+8="),
        ({"arrayValue": {}}, "a", '{"values":[]}'),
        (
            {"arrayValue": {"values": [{}, {"doubleValue": "NaN"}]}},
            "a",
            '{"values":[{},{"doubleValue":"NaN"}]}',
        ),
        (
            {"kvlistValue": {"values": [{"key": "k\u00e9\n", "value": {"boolValue": False}}]}},
            "m",
            '{"values":[{"key":"k\u00e9\\n","value":{"boolValue":false}}]}',
        ),
        ({}, "n", ""),
        (None, "n", ""),
        ({"stringValue": None}, "n", ""),
        ({"futureValue": 1}, "n", ""),
        ({"stringValue": "\u0000"}, "s", "\u0000"),
    ],
)
def test_attribute_values(value: Any, letter: str, text: str) -> None:
    assert _one({"attributes": [{"key": "a", "value": value}]})["attributes"] == {"a": (letter, text)}


def test_of_equal_keys_the_last_wins_before_promotion() -> None:
    route, number = {"stringValue": "/a"}, {"intValue": "1"}
    both = [{"key": "http.route", "value": v} for v in (route, number)]
    ill_typed = _one({"attributes": both})
    assert (ill_typed["http_route"], ill_typed["attributes"]) == (None, {"http.route": ("i", "1")})
    promoted = _one({"attributes": both[::-1]})
    assert (promoted["http_route"], promoted["attributes"]) == ("/a", {})


def test_older_names_stay_in_the_map() -> None:
    row = _one({"attributes": [{"key": "http.method", "value": {"stringValue": "GET"}}]})
    assert (row["http_request_method"], row["attributes"]) == (None, {"http.method": ("s", "GET")})


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    data = _spans(GOOD).replace(b'"good"', rb'"\ud83d x \ud83e\udd80"')
    rows, _ = checked(data, "json_lines")
    assert rows["spans_landing"][0]["name"] == "\ufffd x \U0001f980"


def test_duplicated_fields_lose_no_record() -> None:
    data = _spans(GOOD).replace(b'"name"', b'"name": "first", "name"')
    rows, report = checked(data, "json_lines")
    assert (report["spans"], rows["spans_landing"][0]["name"]) == (1, "good")


@pytest.mark.parametrize("group", [{"resource": 5}, {"resource": {"attributes": 5}}, {"schemaUrl": 5}])
def test_a_bad_resource_rejects_every_record_below(group: dict[str, Any]) -> None:
    data = _spans(GOOD, GOOD, **group) + b"\n" + _spans(GOOD)
    rows, report = checked(data, "json_lines")
    assert (report["spans"], report["rejected_spans"], len(rows["spans_landing"])) == (3, 2, 1)
    assert len(rows["resources"]) == 1
    assert decode(data, "json_lines").rejected["span"] == 2


def test_wrong_signals_and_other_json() -> None:
    lines = {
        b'{"resourceProfiles":[{"scopeProfiles":[{"profiles":[{},{}]}]}]}': ["unsupported_signal"] * 2,
        b'{"hello":"world"}': ["no_otlp_key"],
        b"{}": [],
        b'{"resourceSpans":null}': [],
        b'{"resourceSpans":5}': ["wrong_type"],
    }
    for line, wanted in lines.items():
        rows, _ = checked(line + b"\n", "json_lines")
        assert reasons(rows) == wanted, line


def test_invalid_utf8() -> None:
    """In JSON it costs the line; in protobuf the record that holds it."""
    line = _spans(GOOD)
    rows, _ = checked(line + b"\n" + line.replace(b"good", b"\xff\xfe") + b"\n" + line, "json_lines")
    assert (len(rows["spans_landing"]), reasons(rows)) == (2, ["malformed_json"])
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for name in ("good", "baad"):
        spans.add(name=name, start_time_unix_nano=1)
    rows, report = checked(request.SerializeToString().replace(b"baad", b"\xff\xfe\xfd\xfc"), "proto")
    assert (report["spans"], len(rows["spans_landing"]), reasons(rows)) == (2, 1, ["invalid_utf8"])


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        (0, "1970-01-01"),
        (946_684_799_999_999_999, "1970-01-01"),
        (946_684_800_000_000_000, "2000-01-01"),
        (1_795_046_400_000_000_000 - 1, "2026-11-18"),
        (1_795_046_400_000_000_000, "2026-11-19"),
        (1_795_046_400_000_000_000 + 86_400_000_000_000, "2026-11-20"),
        (1_795_046_400_000_000_000 + 86_400_000_000_001, "1970-01-01"),
        (2**63 - 1, "1970-01-01"),
    ],
)
def test_event_dates(time: int, wanted: str) -> None:
    """Now is 2026-11-19 00:00 UTC; later than a day ahead, or before 2000, counts as no date."""
    context = Context(now_unix_nano=1_795_046_400_000_000_000)
    tables, _ = native.decode(_spans(GOOD | {"startTimeUnixNano": str(time)}), "json_lines", context)
    assert tables["spans_landing"]["event_date"].to_pylist() == [dt.date.fromisoformat(wanted)]


def test_a_log_without_time_takes_the_date_when_it_was_observed() -> None:
    log = {"observedTimeUnixNano": "1795046400000000000", "body": {}}
    data = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [log, {"body": None}]}]}]}).encode()
    rows, _ = checked(data, "json_lines")
    assert {(str(r["event_date"]), r["body"], r["body_type"]) for r in rows["log_records"]} == {
        ("2026-11-19", "", "n"),
        ("1970-01-01", None, None),
    }
