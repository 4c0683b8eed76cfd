"""Every span's byte_offset and record_ordinal lead back to its bytes in the file."""

from __future__ import annotations

import json

import pytest
from oracle import native
from oracle.corpus import CorpusFile, carried
from oracle.protobuf_reading import frames, parse, records_of

TRACES = [f for f in carried() if f.spans]


@pytest.mark.parametrize("file", [f for f in TRACES if f.form.startswith("json")], ids=lambda f: f.name)
def test_json_offset_is_the_brace_that_opens_the_span(file: CorpusFile) -> None:
    tables, _ = native.decode(file.bytes, file.form)
    spans = native.plain_rows(tables["spans_landing"])
    offsets = [s["byte_offset"] for s in spans]
    assert len(set(offsets)) == len(spans)
    for span in spans:
        text = file.bytes[span["byte_offset"] :].decode("utf-8")
        value, _ = json.JSONDecoder().raw_decode(text)
        assert value.get("name", "") == span["name"]
        start = int(value.get("startTimeUnixNano") or value.get("start_time_unix_nano") or 0)
        assert start == span["start_time_unix_nano"]


@pytest.mark.parametrize("file", [f for f in TRACES if f.form.startswith("proto")], ids=lambda f: f.name)
def test_protobuf_offset_is_the_first_byte_of_the_span(file: CorpusFile) -> None:
    tables, _ = native.decode(file.bytes, file.form)
    by_offset = {s["byte_offset"]: s for s in native.plain_rows(tables["spans_landing"])}
    messages = [file.bytes] if file.form == "proto" else frames(file.bytes)
    seen = 0
    for message in messages:
        for ordinal, record in enumerate(records_of(parse(message))):
            raw = record.message.SerializeToString()
            row = by_offset[file.bytes.index(raw)]
            assert row["span_id"] == record.message.span_id.hex()
            assert row["record_ordinal"] == ordinal
            seen += 1
    assert seen == len(by_offset) == file.spans


def test_offsets_count_from_the_base_of_a_chunk() -> None:
    file = next(f for f in TRACES if f.form == "json_lines")
    context_tables, _ = native.decode(file.bytes, "json_lines")
    whole = {s["span_id"]: s["byte_offset"] for s in native.plain_rows(context_tables["spans_landing"])}
    decoder = native.decoder(native.Context())
    decoder.feed(file.bytes, "json_lines", 0, "chunk", 1_000_000, True)
    moved = native.plain_rows(native.finish(decoder)["spans_landing"])
    assert {s["span_id"]: s["byte_offset"] - 1_000_000 for s in moved} == whole


def test_ordinals_count_the_spans_of_one_message() -> None:
    file = next(f for f in TRACES if f.form == "json_lines")
    tables, _ = native.decode(file.bytes, "json_lines")
    rows = sorted(native.plain_rows(tables["spans_landing"]), key=lambda s: s["byte_offset"])
    wanted: list[int] = []
    for line in file.bytes.splitlines():
        groups = json.loads(line)["resourceSpans"]
        count = sum(len(scope["spans"]) for group in groups for scope in group["scopeSpans"])
        wanted.extend(range(count))
    assert [s["record_ordinal"] for s in rows] == wanted
