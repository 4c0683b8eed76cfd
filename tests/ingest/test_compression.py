"""Compressed files: members, frames, nesting, growth, damage and decompression bombs."""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from lake_rows import column, counts
from otlp_lines import log_line, mixed_lines, trace_line
from otlp_packed import ingested, rows, spans, varint, zstd

from warehouse.lake.ingest import ingest
from warehouse.lake.tables import LEDGER

Compress = Callable[[bytes], bytes]
SKIPPABLE = struct.pack("<II", 0x184D2A50, 5) + b"skip!"


COMPRESSORS = {"gzip": gzip.compress, "zstd": zstd}
both = pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS.keys())


def _lines(first: int, number: int) -> bytes:
    return mixed_lines(first, number).encode()


def _members(data: bytes, compress: Compress, size: int) -> list[bytes]:
    return [compress(data[i : i + size]) for i in range(0, len(data), size)]


@both
def test_many_members_are_one_stream_and_offsets_are_decompressed_ones(
    compress: Compress, tmp_path: Path
) -> None:
    data = _lines(0, 300)
    plain = ingested(data, tmp_path, "plain")
    expected = rows(plain)
    assert len(expected["spans"]) == 300
    for name, packed in {
        "one": compress(data),
        "members": b"".join(_members(data, compress, 1_000)),
        "nested": gzip.compress(b"".join(_members(data, compress, 7_000))),
        "padded": b"\0\0".join(_members(data, compress, 30_000)) + b"\0" * 600,
    }.items():
        lake = ingested(packed, tmp_path, name)
        assert rows(lake) == expected, name
        assert column(lake, LEDGER, "start_offset", "end_offset", "content_hash") == column(
            plain, LEDGER, "start_offset", "end_offset", "content_hash"
        )
        assert column(lake, LEDGER, "size_bytes") == [len(packed)]
        held = "zstd, json_lines" if name == "nested" and compress is zstd else None
        held = held or ("gzip, json_lines" if name == "nested" else "json_lines")
        assert column(lake, LEDGER, "inner_form") == [held]
        assert counts(lake)["rejects"] == 0


def test_skippable_frames_are_skipped(tmp_path: Path) -> None:
    first, second = _lines(0, 30), _lines(30, 30)
    lake = ingested(SKIPPABLE + zstd(first) + SKIPPABLE + zstd(second) + SKIPPABLE, tmp_path, "x")
    assert rows(lake) == rows(ingested(first + second, tmp_path, "plain"))
    assert counts(lake)["rejects"] == 0


@both
def test_a_grown_file_continues_at_its_decompressed_offset(compress: Compress, tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    whole, more = _lines(0, 90), _lines(90, 90)
    first = compress(whole + more[:50])
    source.write_bytes(first)
    ingest([source], lake)
    assert column(lake, LEDGER, "end_offset", "torn_tail_bytes") == [(len(whole), 50)]
    source.write_bytes(first + compress(more[50:]))
    ingest([source], lake)
    spans = column(lake, LEDGER, "start_offset", "end_offset", "torn_tail_bytes")
    assert spans == [(0, len(whole), 50), (len(whole), len(whole + more), 0)]
    assert rows(lake) == rows(ingested(whole + more, tmp_path, "plain"))
    source.touch()
    assert ingest([source], lake).batch_id is None
    assert counts(lake)["rejects"] == 0


@both
def test_an_unfinished_member_gives_its_complete_lines(compress: Compress, tmp_path: Path) -> None:
    data = _lines(0, 3_000)
    packed = compress(data[:100_000]) + compress(data[100_000:])
    lake = ingested(packed[: len(packed) * 3 // 4], tmp_path, "x")
    ((end, torn),) = column(lake, LEDGER, "end_offset", "torn_tail_bytes")
    assert end > 100_000 - 5_000
    assert data[:end].endswith(b"\n")
    assert b"\n" not in data[end : end + torn]
    assert rows(lake) == rows(ingested(data[:end], tmp_path, "plain"))
    assert counts(lake)["rejects"] == 0


def test_an_unfinished_protobuf_message_is_not_taken_for_a_smaller_one(tmp_path: Path) -> None:
    sources = Path(__file__).parents[1] / "data" / "captures" / "http_sdk"
    message = max(sources.glob("traces*.pb"), key=lambda p: p.stat().st_size).read_bytes()
    packed = gzip.compress(message, mtime=0)
    whole = ingested(packed, tmp_path, "whole")
    assert counts(whole)["spans_landing"] > 0
    lake = ingested(packed[:-9], tmp_path, "torn")
    assert counts(lake)["spans_landing"] == 0
    assert counts(lake)["rejects"] == 0
    (tmp_path / "torn" / "source").write_bytes(packed)
    ingest([tmp_path / "torn" / "source"], lake)
    assert spans(lake) == spans(whole)


def _with_window(data: bytes, log: int) -> bytes:
    """One frame that asks for a window of 2^log bytes, as `zstd --long` writes to a pipe."""
    parameters = zstandard.ZstdCompressionParameters(compression_level=1, window_log=log)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return frame.compress(data) + frame.flush()


@pytest.mark.parametrize("log", [28, 29])
def test_long_windows_are_read(log: int, tmp_path: Path) -> None:
    data = _lines(0, 3)
    assert rows(ingested(_with_window(data, log), tmp_path, "long")) == rows(
        ingested(data, tmp_path, "plain")
    )


def test_a_window_beyond_what_a_worker_may_hold_is_a_reject_that_says_so(tmp_path: Path) -> None:
    data = _lines(0, 3)
    for name, packed in {
        "alone": _with_window(data, 31),
        "behind": zstd(data) + _with_window(data, 30),
        "framed": struct.pack(">I", len(frame := _with_window(data, 31))) + frame,
    }.items():
        lake = ingested(packed, tmp_path, name)
        ((reason, detail),) = column(lake, "rejects", "reason", "detail")
        assert reason == "window_too_large", name
        assert "window of more than 512 MiB; decompress the file first" in detail
        assert counts(lake)["spans_landing"] == (3 if name == "behind" else 0)


def _broken_behind(data: bytes, form: str) -> bytes:
    """The data in a member that goes on with a block of a kind that does not exist."""
    if form == "gzip":
        member = zlib.compressobj(wbits=31)
        return member.compress(data) + member.flush(zlib.Z_FULL_FLUSH) + b"\x07" * 9
    frame = zstandard.ZstdCompressor().compressobj()
    return frame.compress(data) + frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) + b"\x07" * 9


@pytest.mark.parametrize("form", COMPRESSORS)
@pytest.mark.parametrize("damage", ["in a block", "between members"])
@pytest.mark.parametrize("number", [3, 5_000])
def test_what_was_complete_before_damage_stays(form: str, damage: str, number: int, tmp_path: Path) -> None:
    data = _lines(0, number)
    whole = data + trace_line(number).encode()[:100]
    if damage == "in a block":
        packed = _broken_behind(whole, form)
    else:
        packed = COMPRESSORS[form](whole) + b"\xff" * 100 + COMPRESSORS[form](data)
    lake = ingested(packed, tmp_path, "x")
    assert column(lake, "rejects", "byte_offset", "length_bytes", "reason", "raw") == [
        (len(data), 100, f"damaged_{form}", whole[-100:])
    ]
    assert column(lake, LEDGER, "end_offset", "torn_tail_bytes") == [(len(whole), 0)]
    assert rows(lake) == rows(ingested(data, tmp_path, "plain"))


@both
def test_a_decompression_bomb_is_refused_and_a_higher_limit_reads_on(
    compress: Compress, tmp_path: Path
) -> None:
    data = _lines(0, 300)
    limit = len(data) // 2
    lake = ingested(compress(data), tmp_path, "x", max_decompressed=limit)
    assert column(lake, "rejects", "byte_offset", "reason") == [(limit, "decompression_limit")]
    ((end, torn),) = column(lake, LEDGER, "end_offset", "torn_tail_bytes")
    assert end + torn == limit
    assert rows(lake) == rows(ingested(data[:end], tmp_path, "half"))
    source = tmp_path / "x" / "source"
    assert ingest([source], lake, max_decompressed=limit).batch_id is None
    assert ingest([source], lake).batch_id == 2
    assert rows(lake) == rows(ingested(data, tmp_path, "plain"))
    assert ingest([source], lake).batch_id is None


def test_a_file_of_exactly_the_limit_is_taken_whole(tmp_path: Path) -> None:
    data = _lines(0, 30)
    lake = ingested(gzip.compress(data), tmp_path, "x", max_decompressed=len(data))
    assert counts(lake)["rejects"] == 0
    assert column(lake, LEDGER, "end_offset") == [len(data)]


BOMB = """
import resource, sys
from warehouse.lake.ingest import ingest
ingest([sys.argv[1]], sys.argv[2] + "/warm", workers=1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ingest([sys.argv[3]], sys.argv[2] + "/lake", workers=1, max_decompressed=1 << 30, record_limit=16 << 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@both
def test_a_bomb_takes_little_memory(compress: Compress, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(compress(trace_line(0).encode()))
    line = compress(log_line(0).encode() + b" " * (64 << 20))
    (tmp_path / "bomb").write_bytes(line * 20)
    command = [sys.executable, "-c", BOMB, tmp_path / "small", tmp_path, tmp_path / "bomb"]
    grown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(grown) < 400 * 1024, "KiB"
    assert "decompression_limit" in column(tmp_path / "lake", "rejects", "reason")


def test_other_files_inside_a_compressed_one_are_rejected_whole(tmp_path: Path) -> None:
    for name, inside in {"parquet": b"PAR1 and so on", "thrice": zstd(gzip.compress(_lines(0, 3)))}.items():
        lake = ingested(gzip.compress(inside), tmp_path, name)
        assert column(lake, "rejects", "byte_offset", "reason") == [(0, "unsupported_form")], name


def test_varint_prefixed_messages(tmp_path: Path) -> None:
    sources = Path(__file__).parents[1] / "data" / "captures" / "http_sdk"
    messages = [p.read_bytes() for p in sorted(sources.glob("traces*Java*.pb"))]
    data = b"".join(varint(len(m)) + m for m in messages)
    lake = ingested(data + varint(5_000) + messages[0][:100], tmp_path, "x")
    assert counts(lake)["spans_landing"] == 14 + 43 + 60 + 26
    assert column(lake, LEDGER, "form", "end_offset", "torn_tail_bytes") == [
        ("proto_varint_prefixed", len(data), 102)
    ]


INSIDE = {
    "nobatch_logs.jsonl": (0, 82),
    "logs.pb": (0, 82),
    "http_sdk/traces.OTel-OTLP-Exporter-Java-1.63.0.002.pb": (43, 0),
    "http_sdk/traces.OTel-OTLP-JSON-Exporter-Python-0.66b1.001.json": (13, 0),
    "logs.legacy.pb.zst": (0, 82),
    "logs.native.jsonl.zst": (0, 82),
}


@both
@pytest.mark.parametrize("name", INSIDE)
def test_every_form_inside_a_compressed_file(compress: Compress, name: str, tmp_path: Path) -> None:
    data = (Path(__file__).parents[1] / "data" / "captures" / name).read_bytes()
    found = counts(ingested(compress(data), tmp_path, "x"))
    assert (found["spans_landing"], found["log_records"], found["rejects"]) == (*INSIDE[name], 0)
