"""Bytes that are no OTLP, or half of one: never a crash, nothing of them kept, all accounted for."""

from __future__ import annotations

import json
import os
import random

import pytest
from google.protobuf.message import DecodeError
from oracle import json_reading, native, protobuf_reading
from oracle.accounting import FORMS, checked, reasons, taken
from oracle.comparison import differences
from oracle.corpus import carried
from oracle.decoding import decode
from test_content_hashes import point_request, span_request

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Printed by a failing test; set OTLP_TEST_SEED to it to see the failure again."""
POSITION = ("byte_offset", "record_ordinal")
SPAN = (
    b'{"traceId":"000102030405060708090a0b0c0d0e0f","spanId":"0001020304050607",'
    b'"name":"a","startTimeUnixNano":"1"}'
)
LINE = b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + SPAN + b"]}]}]}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", [b"", b" \n\t\r\n \n", b"\xef\xbb\xbf", b"\x00" * 64], ids=repr)
def test_nothing_in_it(data: bytes, form: str) -> None:
    rows, _ = checked(data, form)
    assert taken(rows) == 0


@pytest.mark.parametrize("form", FORMS)
def test_random_bytes(form: str) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    for _ in range(150):
        checked(chance.randbytes(chance.randrange(200)), form)


def test_json_truncated_at_every_byte() -> None:
    """A text cut anywhere is a torn tail; nothing of it is taken and the good line before it stays."""
    text = json.dumps(json.loads(LINE), indent=1).encode()
    for cut in range(1, len(text)):
        rows, report = checked(text[:cut], "json")
        assert (taken(rows), report["consumed"], rows["rejects"]) == (0, 0, [])
    for cut in range(1, len(LINE)):
        data = LINE + b"\n" + LINE[:cut]
        rows, report = checked(data, "json_lines")
        assert (taken(rows), report["consumed"], rows["rejects"]) == (1, len(LINE) + 1, [])
        finished, _ = checked(data + b"\n" + LINE, "json_lines")
        assert (taken(finished), reasons(finished)) == (2, ["malformed_json"])


@pytest.mark.parametrize("request_", [span_request(), point_request()], ids=["span", "point"])
def test_protobuf_truncated_at_every_byte(request_: object) -> None:
    message = request_.SerializeToString()  # type: ignore[attr-defined]
    for cut in range(1, len(message)):
        rows, report = checked(message[:cut], "proto")
        assert (taken(rows), reasons(rows)) == (0, ["malformed_protobuf"])
        assert report["consumed"] == cut
    frame = len(message).to_bytes(4, "big") + message
    for cut in range(1, len(frame)):
        rows, report = checked(frame + frame[:cut], "proto_length_prefixed")
        assert (taken(rows), report["consumed"], rows["rejects"]) == (1, len(frame), [])


def test_a_broken_frame_costs_only_itself() -> None:
    message = span_request().SerializeToString()
    frame = len(message).to_bytes(4, "big") + message
    broken = bytes([0, 0, 0, 3]) + b"\xff\xff\xff"
    rows, report = checked(frame + broken + frame, "proto_length_prefixed")
    assert (taken(rows), reasons(rows)) == (2, ["malformed_protobuf"])
    assert report["consumed"] == 2 * len(frame) + len(broken)


def test_garbage_lines_between_good_lines() -> None:
    garbage = [
        b"[otel.javaagent 2026-11-22] INFO started",
        b"{",
        b"]",
        b'"text"',
        b"12",
        b"{]}",
        b"\xff\xfe",
        b"nul",
    ]
    data = b"\n".join([LINE, *(g + b"\n" + LINE for g in garbage)]) + b"\n"
    rows, report = checked(data, "json_lines")
    assert taken(rows) == len(garbage) + 1
    assert [r["raw"] for r in sorted(rows["rejects"], key=lambda r: r["byte_offset"])] == garbage
    assert report["consumed"] == len(data)


def test_line_endings_and_byte_order_mark_change_nothing() -> None:
    wanted, _ = checked(LINE + b"\n" + LINE + b"\n", "json_lines")
    for data in (
        LINE + b"\r\n" + LINE + b"\r\n",
        b"\xef\xbb\xbf" + LINE + b"\n\n \n" + LINE,
        LINE + LINE,
        b"[" + LINE + b"," + LINE + b"]",
    ):
        rows, _ = checked(data, "json_lines")
        assert differences(rows, wanted, leave_out=POSITION) == []
    documents, _ = checked(b"\xef\xbb\xbf\r\n" + LINE + b"\r\n" + LINE, "json")
    assert differences(documents, wanted, leave_out=POSITION) == []


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"resourceSpans":' + b"[" * 100_000,
    ],
    ids=["arrays", "objects", "closed", "below a key"],
)
@pytest.mark.parametrize("form", ["json_lines", "json"])
def test_nesting_bomb(bomb: bytes, form: str) -> None:
    rows, _ = checked(bomb + b"\n" + LINE + b"\n", form)
    if form == "json_lines":
        assert (taken(rows), reasons(rows)) == (1, ["malformed_json"])


@pytest.mark.parametrize("levels", [16, 128, 129, 3_000])
def test_deep_attribute_value(levels: int) -> None:
    """A plain value has depth 1; up to 128 is taken, deeper is one rejected span."""
    value = b'{"arrayValue":{"values":[' * (levels - 1) + b'{"intValue":1}' + b"]}}" * (levels - 1)
    span = SPAN[:-1] + b',"attributes":[{"key":"deep","value":' + value + b"}]}"
    rows, report = checked(LINE.replace(SPAN, SPAN + b"," + span), "json_lines")
    assert report["spans"] == 2
    assert reasons(rows) == ([] if levels <= 128 else ["nesting_too_deep"])


def test_deep_protobuf_value() -> None:
    """Nested by hand: the official writer refuses such depths."""

    def field(number: int, body: bytes) -> bytes:
        length, out = len(body), bytes([number << 3 | 2])
        while length > 127:
            out, length = out + bytes([length & 127 | 128]), length >> 7
        return out + bytes([length]) + body

    for levels in (16, 128, 129, 20_000):
        value = b"\x18\x01"
        for _ in range(levels - 1):
            value = field(5, field(1, value))
        span = b"\x39" + bytes([1] * 8) + field(9, field(1, b"deep") + field(2, value))
        rows, _ = checked(field(1, field(2, field(2, span))), "proto")
        assert (taken(rows), reasons(rows)) == ((1, []) if levels <= 128 else (0, ["nesting_too_deep"])), (
            levels
        )


def test_mutated_json_is_taken_exactly_when_it_is_json() -> None:
    """Real lines with bytes changed: well-formed ones give the oracle's rows, others one reject each."""
    print(f"OTLP_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    files = [f for f in carried() if f.form == "json_lines" and f.name.startswith("smithclay")]
    lines = [line for f in files for line in f.bytes.splitlines() if 0 < len(line) < 3_000]
    still_json = broken = passed = 0
    for _ in range(800):
        line = _mutated(chance.choice(lines), chance)
        rows, report = checked(line + b"\n", "json_lines")
        assert report["consumed"] == len(line) + 1
        try:
            values = list(json_reading.values(line.decode("utf-8")))
        except ValueError:
            broken += 1
            passed += (taken(rows), reasons(rows)) != (0, ["malformed_json"])
            continue
        if len(values) != 1 or _repeats_a_key(line):
            continue
        still_json += 1
        expected = decode(line + b"\n", "json_lines")
        rows.pop("rejects")
        assert differences(rows, expected.rows, leave_out=POSITION) == [], line
    assert still_json > 50
    # Digits that make no number cost only their record; nobody looks at escapes in values that are skipped.
    assert passed < 0.05 * broken


_ALPHABET = b'{}[]",:\\0129.-+eEnulltrue \x00\x1f\x7f\x80\xc3\xa9\xff/u'


def _mutated(line: bytes, chance: random.Random) -> bytes:
    out = bytearray(line)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        at = chance.randrange(len(out))
        match chance.randrange(4):
            case 0:
                out[at] = chance.choice(_ALPHABET)
            case 1:
                out.insert(at, chance.choice(_ALPHABET))
            case 2:
                del out[at : at + chance.choice([1, 1, 8])]
            case _:
                out[at] ^= 1 << chance.randrange(8)
        out = bytearray(out.replace(b"\n", b" ")) or bytearray(b"0")
    return bytes(out)


def _repeats_a_key(line: bytes) -> bool:
    """A key twice in an object, or under both spellings: OTLP does not say which counts."""
    repeated = False

    def seen(pairs: list[tuple[str, object]]) -> None:
        nonlocal repeated
        names = [json_reading._snake(k) for k, v in pairs if v is not None]
        kinds = [n for n in names if n.endswith("_value") or n in ("as_int", "as_double")]
        repeated |= len(set(names)) < len(names) or len(kinds) > 1

    json.loads(line, object_pairs_hook=seen)
    return repeated


def test_mutated_protobuf_is_accounted_for() -> None:
    """Real messages with bytes changed; what the official parser refuses is rejected, in part at least."""
    print(f"OTLP_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    messages = [f.bytes for f in carried() if f.form == "proto" and len(f.bytes) < 3_000]
    taken_all_the_same = 0
    for _ in range(400):
        out = bytearray(chance.choice(messages))
        for _ in range(chance.choice([1, 1, 2, 5])):
            out[chance.randrange(len(out))] = chance.randrange(256)
        data = bytes(out)
        rows, _ = checked(data, "proto")
        try:
            protobuf_reading.parse(data)
        except DecodeError:
            taken_all_the_same += not rows["rejects"]
    # Groups, which OTLP never uses, are passed over without comparing the numbers of their ends.
    assert taken_all_the_same < 16


def test_concatenated_protobuf_messages_are_one() -> None:
    """The wire format's rule: messages written one after another are their merge."""
    first, second = span_request(), span_request()
    second.resource_spans[0].scope_spans[0].spans[0].name = "another"
    rows, _ = checked(first.SerializeToString() + second.SerializeToString(), "proto")
    first.MergeFrom(second)
    expected = decode(first.SerializeToString(), "proto")
    assert rows.pop("rejects") == []
    assert differences(rows, expected.rows, leave_out=POSITION) == []


def test_unknown_form_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unknown form"):
        native.decode(b"", "yaml")
