"""Files of one zstd frame per message behind its length, as older Collectors write them."""

from __future__ import annotations

import gzip
from pathlib import Path

from lake_rows import column, counts
from otlp_lines import SPANS_PER_LINE, log_line, trace_line
from otlp_packed import framed, ingested, spans, varint

from warehouse.lake.ingest import ingest
from warehouse.lake.tables import LEDGER


def test_framed_messages_of_both_encodings(tmp_path: Path) -> None:
    messages = [trace_line(0).encode(), log_line(1).rstrip().encode(), trace_line(2).encode()]
    data = framed(messages)
    more = framed([trace_line(3).encode()])
    lake = ingested(data + more[:8], tmp_path, "x")
    assert counts(lake)["spans_landing"] == 2 * SPANS_PER_LINE
    assert column(lake, LEDGER, "form", "end_offset", "torn_tail_bytes") == [
        ("zstd_length_prefixed", len(data), 8)
    ]
    source = tmp_path / "x" / "source"
    source.write_bytes(data + more)
    ingest([source], lake)
    assert counts(lake)["spans_landing"] == 3 * SPANS_PER_LINE
    assert counts(lake)["rejects"] == 0
    assert set(column(lake, LEDGER, "inner_form")) == {"json_lines"}


def test_framed_messages_inside_gzip_and_with_line_feeds_between(tmp_path: Path) -> None:
    messages = [trace_line(n).encode() for n in range(20)]
    data = b"\n".join(framed([m]) for m in messages)
    assert spans(ingested(gzip.compress(data), tmp_path, "x")) == spans(
        ingested(b"".join(messages), tmp_path, "plain")
    )


def test_one_damaged_frame_is_one_reject(tmp_path: Path) -> None:
    frames = [framed([trace_line(n).encode()]) for n in range(3)]
    frames[1] = frames[1][:20] + b"\xff" * 40 + frames[1][60:]
    lake = ingested(b"".join(frames), tmp_path, "x")
    assert column(lake, "rejects", "byte_offset", "length_bytes", "reason") == [
        (len(frames[0]), len(frames[1]), "damaged_zstd")
    ]
    assert counts(lake)["spans_landing"] == 2 * SPANS_PER_LINE


def test_a_framed_message_beyond_the_limit_is_one_reject(tmp_path: Path) -> None:
    messages = [trace_line(n, 5_000 if n in (5, 9) else 0).encode() for n in range(10)]
    data = framed(messages)
    starts = [len(framed(messages[:n])) for n in range(11)]
    lake = ingested(data, tmp_path, "x", max_decompressed=4_000)
    refused = [(starts[n], starts[n + 1] - starts[n], "record_too_large") for n in (5, 9)]
    assert column(lake, "rejects", "byte_offset", "length_bytes", "reason") == refused
    assert column(lake, LEDGER, "end_offset", "torn_tail_bytes") == [(len(data), 0)]
    assert counts(lake)["spans_landing"] == 8 * SPANS_PER_LINE
    source = tmp_path / "x" / "source"
    source.write_bytes(data + framed([trace_line(10).encode()]))
    ingest([source], lake, max_decompressed=4_000)
    assert len(column(lake, "rejects", "reason")) == 2, "not refused again"
    assert counts(lake)["spans_landing"] == 9 * SPANS_PER_LINE


def test_framed_varint_prefixed_messages_and_a_last_line_feed(tmp_path: Path) -> None:
    sources = Path(__file__).parents[1] / "data" / "captures" / "http_sdk"
    message = min(sources.glob("traces*Java*.pb"), key=lambda p: p.name).read_bytes()
    data = framed([varint(len(message)) + message, message]) + b"\n"
    lake = ingested(data, tmp_path, "x")
    assert counts(lake)["spans_landing"] == 2 * 14
    assert column(lake, LEDGER, "end_offset", "torn_tail_bytes") == [(len(data), 0)]
