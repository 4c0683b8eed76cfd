"""Random requests: written as JSON and as protobuf they decode to identical rows, and to the oracle's."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st
from oracle import native
from oracle.comparison import differences
from oracle.context import Context
from oracle.decoding import Decoded, rows_from_message
from oracle.json_writing import write
from oracle.random_requests import requests

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
POSITION = ("byte_offset", "record_ordinal")
CONTEXT: dict[str, Any] = {
    "file_key": -5,
    "ingest_batch": 9,
    "now_unix_nano": 1_790_000_000_000_000_000,
}
SETTINGS = settings(
    max_examples=200,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def _native(data: bytes, form: str) -> tuple[dict[str, Any], dict[str, Any]]:
    tables, report = native.decode(data, form, Context(**CONTEXT))
    rows = native.plain_tables(tables)
    rejects = rows.pop("rejects", [])
    assert report["consumed"] == len(data)
    rejected = sum(v for k, v in report.items() if k.startswith("rejected_"))
    assert len(rejects) == rejected
    return rows, report


def _check(rows: dict[str, Any], report: dict[str, Any], expected: Decoded) -> None:
    assert differences(rows, expected.rows, leave_out=POSITION) == []
    for signal, key in (("span", "spans"), ("log_record", "log_records"), ("metric_point", "metric_points")):
        assert report[key] == expected.found[signal]
        assert report[f"rejected_{key}"] == expected.rejected[signal]
    assert report["rejected_other"] == 0


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_json_and_protobuf_decode_to_the_oracles_rows(signal: str) -> None:
    @seed(SEED)
    @SETTINGS
    @given(message=requests(signal), dialect=st.integers(0, 2**32))
    def check(message: Any, dialect: int) -> None:
        note(f"OTLP_TEST_SEED={SEED}")
        expected = rows_from_message(message, Context(**CONTEXT))
        text = write(message, random.Random(dialect))
        note(f"as JSON: {text[:2000]!r}")
        from_json, json_report = _native(text + b"\n", "json_lines")
        _check(from_json, json_report, expected)
        document, _ = _native(text, "json")
        assert differences(document, from_json) == []
        from_proto, proto_report = _native(message.SerializeToString(), "proto")
        _check(from_proto, proto_report, expected)
        assert differences(from_json, from_proto, leave_out=("byte_offset",)) == []

    check()


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_files_of_many_messages_decode_like_the_messages(signal: str) -> None:
    """JSON lines, and length-prefixed protobuf with chunks cut at any byte, hold what their messages hold."""

    @seed(SEED)
    @settings(SETTINGS, max_examples=25)
    @given(many=st.lists(requests(signal), min_size=1, max_size=4), dialect=st.integers(0, 2**32))
    def check(many: list[Any], dialect: int) -> None:
        note(f"OTLP_TEST_SEED={SEED}")
        chance = random.Random(dialect)
        context = Context(**CONTEXT)
        for message in many:
            rows_from_message(message, context)
        lines = b"\r\n".join(write(m, chance) for m in many)
        raw = [m.SerializeToString() for m in many]
        frames = b"".join(len(r).to_bytes(4, "big") + r for r in raw)
        for data, form in ((lines, "json_lines"), (frames, "proto_length_prefixed")):
            rows = _in_chunks(data, form, chance)
            assert differences(rows, context.rows, leave_out=POSITION) == []

    check()


def _in_chunks(data: bytes, form: str, chance: random.Random) -> dict[str, Any]:
    """Feed the data in pieces as a reader of a growing file does: what is not consumed comes again."""
    decoder = native.decoder(Context(**CONTEXT))
    at, end = 0, 0
    while at < len(data):
        end = min(len(data), max(end, at) + chance.randint(1, 1 + len(data) // 3))
        report = decoder.feed(data[at:end], form, CONTEXT["file_key"], "chunks", at, end == len(data))
        at += report["consumed"]
        assert report["consumed"] <= end - at + report["consumed"]
        if end == len(data):
            break
    assert at == len(data)
    rows = native.plain_tables(native.finish(decoder))
    rows.pop("rejects", None)
    return rows
