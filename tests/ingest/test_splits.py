"""Splits cover every byte once, and every record belongs to exactly one of them."""

from __future__ import annotations

import itertools
import random
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from warehouse.otlp.ahead import Opener
from warehouse.otlp.content import BLOCK_BYTES
from warehouse.otlp.forms import feed_range
from warehouse.otlp.pending import Bytes
from warehouse.otlp.splits import BIN_FILES, SPLIT_BYTES, SourceFile, Split, plan_splits, split_bytes_for


class Recorder:
    """Takes whole lines or messages and keeps where they were."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.found: list[tuple[int, bytes]] = []
        self.torn_bytes = 0
        self.taken_to = 0

    def feed(self, data: Bytes, offset: int, is_last: bool, in_frame: bool = False) -> int:
        data, position = bytes(data), 0
        while position < len(data):
            if self.form == "json_lines":
                end = data.find(b"\n", position) + 1
                if not end:
                    break
            else:
                end = position + 4 + struct.unpack(">I", data[position : position + 4].ljust(4, b"\0"))[0]
                if end > len(data):
                    break
            self.found.append((offset + position, data[position:end]))
            position = end
        return position

    def feed_on(self, data: Bytes, offset: int, form: str) -> tuple[int, bool]:
        raise AssertionError(form)

    def leave(self, offset: int) -> int:
        raise AssertionError(offset)

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        raise AssertionError(reason)

    def opened(self, form: str) -> None:
        raise AssertionError(form)

    def taken(self, offset: int) -> None:
        self.taken_to = offset

    def torn(self, length: int) -> None:
        self.torn_bytes += length


def _source(path: Path, form: str, start: int = 0) -> SourceFile:
    return SourceFile(str(path), 1, form, start, path.stat().st_size, 0, 0, 0)


def _read(splits: list[Split], form: str, limit: int = 1 << 28) -> tuple[list[tuple[int, bytes]], int]:
    found, torn = [], 0
    for split in splits:
        for piece in split.ranges:
            sink = Recorder(form)
            feed_range(piece, Opener(piece).open, sink, [], limit)
            found += sink.found
            torn += sink.torn_bytes
    return found, torn


def _records(data: bytes, pieces: list[bytes]) -> list[tuple[int, bytes]]:
    found, offset = [], 0
    for piece in pieces:
        found.append((offset, piece))
        offset += len(piece)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_each_line_is_read_once_wherever_the_cuts_fall(tmp_path: Path, seed: int) -> None:
    print("seed", seed)
    rng = random.Random(seed)
    lines = [b"y" * int(rng.paretovariate(0.6) * 3) + b"\n" for _ in range(2_000)]
    lines = [line[-50_000:] for line in lines]
    lines.insert(1_000, b"z" * 150_000 + b"\n")
    tail = rng.choice([b"", b"torn"])
    path = tmp_path / "lines"
    path.write_bytes(b"".join(lines) + tail)
    for split_bytes in (997, 10_000, 1 << 20):
        found, torn = _read(plan_splits([_source(path, "json_lines")], split_bytes), "json_lines")
        assert found == _records(path.read_bytes(), lines)
        assert torn == len(tail)


@pytest.mark.parametrize("seed", range(3))
def test_each_length_prefixed_message_is_read_once(tmp_path: Path, seed: int) -> None:
    print("seed", seed)
    rng = random.Random(seed)
    messages = [struct.pack(">I", n) + rng.randbytes(n) for n in (rng.randrange(4_000) for _ in range(300))]
    path = tmp_path / "messages"
    path.write_bytes(b"".join(messages) + b"\0\0\1\0torn")
    for split_bytes in (1_000, 100_000, 1 << 30):
        splits = plan_splits([_source(path, "proto_length_prefixed")], split_bytes)
        assert len(splits) > 1 or split_bytes > path.stat().st_size
        found, torn = _read(splits, "proto_length_prefixed")
        assert found == _records(path.read_bytes(), messages)
        assert torn == 8


def test_ranges_cover_a_file_from_its_start_without_gap(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"x\n" * 5_000)
    ranges = [r for s in plan_splits([_source(path, "json_lines", start=1_000)], 700) for r in s.ranges]
    assert ranges[0].start == 1_000
    assert ranges[-1].end == 10_000
    assert all(a.end == b.start for a, b in itertools.pairwise(ranges))


def test_small_files_share_splits_and_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"{}\n")
    files = [_source(tmp_path / "x", "json_lines")] * (BIN_FILES + 10)
    splits = plan_splits(files)
    assert [len(s.ranges) for s in splits] == [BIN_FILES, 10]
    assert [r.file for s in splits for r in s.ranges] == list(range(len(files)))


def test_splits_survive_json(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"{}\n")
    for split in plan_splits([_source(tmp_path / "x", "json_lines")]):
        assert Split.from_json(split.to_json()) == split


def test_split_size_is_a_multiple_of_the_hash_block() -> None:
    for total in (0, 1, 10**6, 10**8, 10**9, 10**13):
        for workers in (1, 3, 64):
            size = split_bytes_for(total, workers)
            assert size % BLOCK_BYTES == 0
            assert size <= SPLIT_BYTES
            larger = split_bytes_for(total, workers, 4 * SPLIT_BYTES)
            assert size <= larger <= 4 * SPLIT_BYTES


def test_every_worker_gets_as_many_splits_of_a_large_file(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    file = _source(tmp_path / "x", "json_lines")
    for total in (10**9, 10**10 + 7):
        for workers in (1, 2, 5):
            splits = plan_splits([replace(file, size=total)], split_bytes_for(total, workers))
            assert len(splits) % workers == 0
            assert sum(s.size for s in splits) == total
