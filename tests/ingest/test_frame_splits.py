"""Multi-frame zstd and files of length-prefixed messages: cut into ranges, they give what they give whole."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from lake_rows import visible_rows
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_lines import mixed_lines, trace_line

from warehouse.lake.ingest import ingest
from warehouse.otlp import cuts
from warehouse.otlp.content import BLOCK_BYTES
from warehouse.otlp.cuts import FrameCut, frame_cuts
from warehouse.otlp.splits import END, SourceFile, plan_splits
from warehouse.otlp.zstd_frames import frame_ends

SKIPPABLE = struct.pack("<II", 0x184D2A55, 300) + bytes(300)
NO_LIMIT = 1 << 60


def frame(data: bytes, *, size: bool = True, checksum: bool = False) -> bytes:
    compressor = zstandard.ZstdCompressor(write_content_size=size, write_checksum=checksum)
    return compressor.compress(data)


def streamed_frame(data: bytes) -> bytes:
    """A frame as a writer of streams makes it: many blocks, no size."""
    writer = zstandard.ZstdCompressor().compressobj()
    pieces = [
        writer.compress(data[i : i + 9_000]) + writer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        for i in range(0, len(data), 9_000)
    ]
    return b"".join(pieces) + writer.flush()


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + _varint(number >> 7)


def messages(number: int, separator: bytes = b"", prefix: Callable[[int], bytes] | None = None) -> bytes:
    """Trace requests behind their lengths."""
    made = []
    for n in range(number):
        request = ExportTraceServiceRequest()
        span = request.resource_spans.add().scope_spans.add().spans.add(name="x" * (n * 7919 % 3_000))
        span.trace_id, span.span_id = n.to_bytes(16, "big"), (n + 1).to_bytes(8, "big")
        span.start_time_unix_nano = span.end_time_unix_nano = 1_763_900_000_000_000_000 + n
        body = request.SerializeToString()
        made.append((prefix or (lambda n: struct.pack(">I", n)))(len(body)) + body)
    return separator.join(made)


def _in_frames(data: bytes, seed: int, pack: Callable[[bytes], bytes], between: bytes = b"") -> bytes:
    """The data in frames of random sizes, cut anywhere, most of them small."""
    rng, frames, at = random.Random(seed), [], 0
    while at < len(data):
        size = min(int(rng.paretovariate(0.8) * 1_000), len(data) // 20)
        frames.append(pack(data[at : at + size]))
        at += size
    return between.join(frames)


def _source(path: Path, form: str = "zstd", start: int = 0) -> SourceFile:
    return SourceFile(str(path), 1, form, start, path.stat().st_size, 0, 0, 0)


PACKS = {"sized": frame, "checked": lambda d: frame(d, checksum=True), "streamed": streamed_frame}
HELD = {
    "lines": lambda: mixed_lines(0, 600, padding=200).encode(),
    "messages": lambda: messages(400),
    "separated messages": lambda: messages(400, b"\n"),
    "varint messages": lambda: messages(400, prefix=_varint),
    "legacy frames": lambda: b"\n".join(
        struct.pack(">I", len(f)) + f for f in (frame(trace_line(n, 500).encode()) for n in range(300))
    ),
}


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("pack", PACKS)
def test_cut_at_frames_or_not_the_lake_is_the_same(held: str, pack: str, tmp_path: Path) -> None:
    data, seed = HELD[held](), random.randrange(1_000_000)
    print("seed", seed)
    source = tmp_path / "source"
    source.write_bytes(_in_frames(data, seed, PACKS[pack], SKIPPABLE if pack == "sized" else b""))
    size = max(1_000, source.stat().st_size // 7)
    splits = plan_splits([_source(source)], size, workers=2)
    assert len(splits) >= 3
    ranges = [r for s in splits for r in s.ranges]
    assert [r.end for r in ranges[:-1]] == [r.start for r in ranges[1:]]
    assert ranges[-1].end == END
    assert sum(r.bytes_to_read for r in ranges) == source.stat().st_size
    for name, split_bytes in (("cut", size), ("whole", NO_LIMIT)):
        ingest([source], tmp_path / name, split_bytes=split_bytes, workers=2)
    cut, whole = visible_rows(tmp_path / "cut"), visible_rows(tmp_path / "whole")
    assert len(whole["spans_landing"]) >= 300
    for table in whole:
        assert cut[table] == whole[table], table


def test_frames_are_told_from_their_headers(tmp_path: Path) -> None:
    zeros, noise = bytes(700_000), random.Random(1).randbytes(300_000)
    frames = [
        frame(b""),
        frame(zeros),
        streamed_frame(noise),
        SKIPPABLE,
        frame(noise, size=False, checksum=True),
    ]
    source, expected, at = tmp_path / "x", [], 0
    for one in frames:
        at += len(one)
        expected.append(at)
    source.write_bytes(b"".join(frames) + b"\0\n" + frames[0] + frames[2][:-1])
    with source.open("rb") as file:
        ends = list(frame_ends(file, source.stat().st_size))
    assert ends == [*expected, expected[-1] + 2 + len(frames[0])]


def test_a_line_longer_than_a_group_belongs_to_the_range_it_begins_in(tmp_path: Path) -> None:
    rng = random.Random(5)
    lines = [b"y" * n + b"\n" for n in (10, 90_000, 10, 40_000, 5)]
    data = b"".join(line.replace(b"y", b"%c" % rng.randrange(97, 122)) for line in lines)
    data = b'{"resourceSpans":[]}\n' + data
    source = tmp_path / "x"
    source.write_bytes(b"".join(frame(data[i : i + 5_000]) for i in range(0, len(data), 5_000)))
    found = frame_cuts(source, 0, source.stat().st_size, 1, NO_LIMIT)
    assert found is not None
    begins = [0]
    for line in data.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    firsts = {i // 5_000: i for i in reversed(begins[1:-1]) if i // 5_000}
    assert [c.start for c in found.cuts] == [0, *sorted(firsts.values())]
    assert all(c.packed_offset == c.start // 5_000 * 5_000 for c in found.cuts)


def test_nothing_is_cut_behind_damage_and_the_rest_is_as_if_uncut(tmp_path: Path) -> None:
    data = mixed_lines(0, 600, padding=200).encode()
    frames = [frame(data[i : i + 10_000], checksum=True) for i in range(0, len(data), 10_000)]
    frames[9] = frames[9][:-1] + bytes([frames[9][-1] ^ 1])  # the checksum does not fit
    source = tmp_path / "x"
    source.write_bytes(b"".join(frames))
    (split, *_), size = plan_splits([_source(source)], 2_000), source.stat().st_size
    found = frame_cuts(source, 0, size, 2_000, NO_LIMIT)
    assert found is not None
    assert len(found.cuts) > 1
    assert found.cuts[-1].start <= 90_000
    assert split.ranges[0].start == 0
    for name, split_bytes in (("cut", 2_000), ("whole", NO_LIMIT)):
        ingest([source], tmp_path / name, split_bytes=split_bytes, workers=2)
    cut, whole = visible_rows(tmp_path / "cut"), visible_rows(tmp_path / "whole")
    assert [row[5] for row in whole["rejects"]]
    assert cut == whole


def test_nothing_is_cut_behind_the_limit_of_decompression(tmp_path: Path) -> None:
    data = mixed_lines(0, 600, padding=200).encode()
    source = tmp_path / "x"
    source.write_bytes(b"".join(frame(data[i : i + 10_000]) for i in range(0, len(data), 10_000)))
    limit = len(data) // 2
    for name, split_bytes in (("cut", 2_000), ("whole", NO_LIMIT)):
        ingest([source], tmp_path / name, split_bytes=split_bytes, max_decompressed=limit, workers=2)
    cut, whole = visible_rows(tmp_path / "cut"), visible_rows(tmp_path / "whole")
    assert len(whole["rejects"]) == 1
    assert cut == whole


def test_a_grown_file_is_cut_from_where_it_was_read(tmp_path: Path) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    data = mixed_lines(0, 900, padding=200).encode()
    begun = data[:200_000]
    source.write_bytes(b"".join(frame(begun[i : i + 10_000]) for i in range(0, len(begun), 10_000)))
    ingest([source], lake, split_bytes=2_000, workers=2)
    rest = data[len(begun) :]
    more = b"".join(frame(rest[i : i + 10_000]) for i in range(0, len(rest), 10_000))
    source.write_bytes(source.read_bytes() + more)
    start = begun.rindex(b"\n") + 1
    found = frame_cuts(source, start, source.stat().st_size, 2_000, NO_LIMIT)
    assert found is not None
    assert found.cuts[0].start == start
    assert found.cuts[0].packed_offset > 0, "what was read before is not decoded again"
    ingest([source], lake, split_bytes=2_000, workers=2)
    (tmp_path / "plain").write_bytes(data)
    ingest([tmp_path / "plain"], tmp_path / "other")
    ids = [sorted(r[2:4] for r in visible_rows(x)["spans_landing"]) for x in (lake, tmp_path / "other")]
    assert ids[0] == ids[1]


def test_one_frame_or_another_form_is_not_cut(tmp_path: Path) -> None:
    data = mixed_lines(0, 600, padding=200).encode()
    document = b'{\n"resourceSpans":[]}' + b" " * 50_000
    for name, packed in {
        "one frame": frame(data),
        "a document": b"".join(frame(document[i : i + 1_000]) for i in range(0, len(document), 1_000)),
    }.items():
        (tmp_path / name).write_bytes(packed)
        assert frame_cuts(tmp_path / name, 0, len(packed), 20, NO_LIMIT) is None, name


@pytest.mark.parametrize(
    ("form", "separator", "prefix"),
    [
        ("proto_length_prefixed", b"", None),
        ("proto_length_prefixed", b"\n", None),
        ("proto_varint_prefixed", b"", _varint),
    ],
)
def test_message_files_are_cut_between_messages(
    form: str, separator: bytes, prefix: Callable[[int], bytes] | None, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(messages(3_000, separator, prefix) + b"\0\0\1")
    ingest([source], tmp_path / "whole", workers=1)
    splits = plan_splits([_source(source, form)], 300_000)
    assert len(splits) > 5
    ingest([source], tmp_path / "cut", split_bytes=300_000, workers=2)
    cut, whole = visible_rows(tmp_path / "cut"), visible_rows(tmp_path / "whole")
    assert len(whole["spans_landing"]) == 3_000
    assert cut == whole


def test_files_larger_than_a_block_are_walked_block_by_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuts, "BLOCK_BYTES", 700)
    data = messages(300, b"\n")
    source = tmp_path / "x"
    source.write_bytes(data)
    found = list(cuts.message_cuts(source, "proto_length_prefixed", 0, len(data), 5_000))
    assert len(found) > 20
    for at in found[1:]:
        at += data[at] == 0x0A  # cut before the line feed between two messages
        (length,) = struct.unpack_from(">I", data, at)
        assert data[at + 4] == 0x0A
        assert data[at + 4 + length : at + 5 + length] in (b"\n", b"")
    assert BLOCK_BYTES > 700


def test_groups_joined_within_a_message_are_measured_again(tmp_path: Path) -> None:
    data = messages(60)
    packed = b"".join(frame(data[i : i + 1_001]) for i in range(0, len(data), 1_001))
    source = tmp_path / "x"
    source.write_bytes(packed)
    found = frame_cuts(source, 0, len(packed), 1, NO_LIMIT)
    assert found is not None
    begins, at = [], 0
    while at < len(data):
        begins.append(at)
        at += 4 + struct.unpack_from(">I", data, at)[0]
    firsts: dict[int, int] = {}
    for begin in begins[1:]:
        firsts.setdefault(begin // 1_001, begin)
    firsts.pop(0, None)
    assert [c.start for c in found.cuts] == [0, *firsts.values()]
    assert found.cuts[0] == FrameCut(0, 0, 0)
