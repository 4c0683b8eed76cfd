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
from otlp_lines import SPANS_PER_LINE, log_line, mixed_lines, trace_line

from warehouse.lake.ingest import ingest
from warehouse.lake.tables import LEDGER

Compress = Callable[[bytes], bytes]
SKIPPABLE = struct.pack("<II", 0x184D2A50, 5) + b"skip!"


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def framed(messages: list[bytes]) -> bytes:
    frames = [zstd(m) for m in messages]
    return b"".join(struct.pack(">I", len(f)) + f for f in frames)


COMPRESSORS = {"gzip": gzip.compress, "zstd": zstd}
both = pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS.keys())


def _lines(first: int, number: int) -> bytes:
    return mixed_lines(first, number).encode()


def _members(data: bytes, compress: Compress, size: int) -> list[bytes]:
    return [compress(data[i : i + size]) for i in range(0, len(data), size)]


def _ingested(data: bytes, folder: Path, name: str, **options: int) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "source").write_bytes(data)
    ingest([folder / name / "source"], folder / name / "lake", **options)
    return folder / name / "lake"


def _rows(lake: Path) -> dict[str, list[object]]:
    """Rows but for what tells one file from another."""
    return {
        "spans": column(lake, "spans_landing", "content_key", "byte_offset", "record_ordinal"),
        "logs": column(lake, "log_records", "body", "time_unix_nano"),
        "points": column(lake, "number_points", "time_unix_nano", "stream_key"),
    }


@both
def test_many_members_are_one_stream_and_offsets_are_decompressed_ones(
    compress: Compress, tmp_path: Path
) -> None:
    data = _lines(0, 300)
    plain = _ingested(data, tmp_path, "plain")
    expected = _rows(plain)
    assert len(expected["spans"]) == 300
    for name, packed in {
        "one": compress(data),
        "members": b"".join(_members(data, compress, 1_000)),
        "nested": gzip.compress(b"".join(_members(data, compress, 7_000))),
        "padded": b"\0\0".join(_members(data, compress, 30_000)) + b"\0" * 600,
    }.items():
        lake = _ingested(packed, tmp_path, name)
        assert _rows(lake) == expected, name
        assert column(lake, LEDGER, "start_offset", "end_offset", "content_hash") == column(
            plain, LEDGER, "start_offset", "end_offset", "content_hash"
        )
        assert column(lake, LEDGER, "size_bytes") == [len(packed)]
        assert counts(lake)["rejects"] == 0


def test_skippable_frames_are_skipped(tmp_path: Path) -> None:
    first, second = _lines(0, 30), _lines(30, 30)
    lake = _ingested(SKIPPABLE + zstd(first) + SKIPPABLE + zstd(second) + SKIPPABLE, tmp_path, "x")
    assert _rows(lake) == _rows(_ingested(first + second, tmp_path, "plain"))
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
    assert _rows(lake) == _rows(_ingested(whole + more, tmp_path, "plain"))
    source.touch()
    assert ingest([source], lake).batch_id is None
    assert counts(lake)["rejects"] == 0


@both
def test_an_unfinished_member_gives_its_complete_lines(compress: Compress, tmp_path: Path) -> None:
    data = _lines(0, 3_000)
    packed = compress(data[:100_000]) + compress(data[100_000:])
    lake = _ingested(packed[: len(packed) * 3 // 4], tmp_path, "x")
    ((end, torn),) = column(lake, LEDGER, "end_offset", "torn_tail_bytes")
    assert end > 100_000 - 5_000
    assert data[:end].endswith(b"\n")
    assert b"\n" not in data[end : end + torn]
    assert _rows(lake) == _rows(_ingested(data[:end], tmp_path, "plain"))
    assert counts(lake)["rejects"] == 0


def test_an_unfinished_protobuf_message_is_not_taken_for_a_smaller_one(tmp_path: Path) -> None:
    sources = Path(__file__).parents[1] / "data" / "captures" / "http_sdk"
    message = max(sources.glob("traces*.pb"), key=lambda p: p.stat().st_size).read_bytes()
    packed = gzip.compress(message, mtime=0)
    whole = _ingested(packed, tmp_path, "whole")
    assert counts(whole)["spans_landing"] > 0
    lake = _ingested(packed[:-9], tmp_path, "torn")
    assert counts(lake)["spans_landing"] == 0
    assert counts(lake)["rejects"] == 0
    (tmp_path / "torn" / "source").write_bytes(packed)
    ingest([tmp_path / "torn" / "source"], lake)
    assert _spans(lake) == _spans(whole)


def _spans(lake: Path) -> list[object]:
    return column(lake, "spans_landing", "content_key")


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
    lake = _ingested(packed, tmp_path, "x")
    assert column(lake, "rejects", "byte_offset", "length_bytes", "reason", "raw") == [
        (len(data), 100, f"damaged_{form}", whole[-100:])
    ]
    assert column(lake, LEDGER, "end_offset", "torn_tail_bytes") == [(len(whole), 0)]
    assert _rows(lake) == _rows(_ingested(data, tmp_path, "plain"))


@both
def test_a_decompression_bomb_is_refused_and_a_higher_limit_reads_on(
    compress: Compress, tmp_path: Path
) -> None:
    data = _lines(0, 300)
    limit = len(data) // 2
    lake = _ingested(compress(data), tmp_path, "x", max_decompressed=limit)
    assert column(lake, "rejects", "byte_offset", "reason") == [(limit, "decompression_limit")]
    ((end, torn),) = column(lake, LEDGER, "end_offset", "torn_tail_bytes")
    assert end + torn == limit
    assert _rows(lake) == _rows(_ingested(data[:end], tmp_path, "half"))
    source = tmp_path / "x" / "source"
    assert ingest([source], lake, max_decompressed=limit).batch_id is None
    assert ingest([source], lake).batch_id == 2
    assert _rows(lake) == _rows(_ingested(data, tmp_path, "plain"))
    assert ingest([source], lake).batch_id is None


def test_a_file_of_exactly_the_limit_is_taken_whole(tmp_path: Path) -> None:
    data = _lines(0, 30)
    lake = _ingested(gzip.compress(data), tmp_path, "x", max_decompressed=len(data))
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


def test_framed_messages_of_both_encodings(tmp_path: Path) -> None:
    messages = [trace_line(0).encode(), log_line(1).rstrip().encode(), trace_line(2).encode()]
    data = framed(messages)
    more = framed([trace_line(3).encode()])
    lake = _ingested(data + more[:8], tmp_path, "x")
    assert counts(lake)["spans_landing"] == 2 * SPANS_PER_LINE
    assert column(lake, LEDGER, "form", "end_offset", "torn_tail_bytes") == [
        ("zstd_length_prefixed", len(data), 8)
    ]
    source = tmp_path / "x" / "source"
    source.write_bytes(data + more)
    ingest([source], lake)
    assert counts(lake)["spans_landing"] == 3 * SPANS_PER_LINE
    assert counts(lake)["rejects"] == 0


def test_framed_messages_inside_gzip_and_with_line_feeds_between(tmp_path: Path) -> None:
    messages = [trace_line(n).encode() for n in range(20)]
    data = b"\n".join(framed([m]) for m in messages)
    assert _spans(_ingested(gzip.compress(data), tmp_path, "x")) == _spans(
        _ingested(b"".join(messages), tmp_path, "plain")
    )


def test_one_damaged_frame_is_one_reject(tmp_path: Path) -> None:
    frames = [framed([trace_line(n).encode()]) for n in range(3)]
    frames[1] = frames[1][:20] + b"\xff" * 40 + frames[1][60:]
    lake = _ingested(b"".join(frames), tmp_path, "x")
    assert column(lake, "rejects", "byte_offset", "length_bytes", "reason") == [
        (len(frames[0]), len(frames[1]), "damaged_zstd")
    ]
    assert counts(lake)["spans_landing"] == 2 * SPANS_PER_LINE


def test_framed_messages_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    messages = [trace_line(n).encode() for n in range(10)]
    data = framed(messages)
    start = len(framed(messages[:5]))
    limit = sum(map(len, messages[:5])) + 10
    lake = _ingested(data, tmp_path, "x", max_decompressed=limit)
    assert column(lake, "rejects", "byte_offset", "reason") == [(start, "decompression_limit")]
    assert column(lake, LEDGER, "end_offset", "torn_tail_bytes") == [(start, len(data) - start)]
    assert counts(lake)["spans_landing"] == 5 * SPANS_PER_LINE


def test_other_files_inside_a_compressed_one_are_rejected_whole(tmp_path: Path) -> None:
    for name, inside in {"parquet": b"PAR1 and so on", "thrice": zstd(gzip.compress(_lines(0, 3)))}.items():
        lake = _ingested(gzip.compress(inside), tmp_path, name)
        assert column(lake, "rejects", "byte_offset", "reason") == [(0, "unsupported_form")], name


def test_varint_prefixed_messages(tmp_path: Path) -> None:
    sources = Path(__file__).parents[1] / "data" / "captures" / "http_sdk"
    messages = [p.read_bytes() for p in sorted(sources.glob("traces*Java*.pb"))]
    data = b"".join(_varint(len(m)) + m for m in messages)
    lake = _ingested(data + _varint(5_000) + messages[0][:100], tmp_path, "x")
    assert counts(lake)["spans_landing"] == 14 + 43 + 60 + 26
    assert column(lake, LEDGER, "form", "end_offset", "torn_tail_bytes") == [
        ("proto_varint_prefixed", len(data), 102)
    ]


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + _varint(number >> 7)


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
    found = counts(_ingested(compress(data), tmp_path, "x"))
    assert (found["spans_landing"], found["log_records"], found["rejects"]) == (*INSIDE[name], 0)
