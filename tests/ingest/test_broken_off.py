"""Files whose disk fails while they are read: ingest goes on there, and nothing is read twice."""

from __future__ import annotations

import base64
import gzip
import io
import random
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard
from lake_rows import column, counts
from ledger_accounts import check_accounts
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from otlp_lines import BASE_NANO, log_line, mixed_lines

from warehouse.lake.ingest import ingest
from warehouse.lake.replay import replay
from warehouse.otlp import ahead
from warehouse.otlp.content import BLOCK_BYTES


class BreaksOff(io.FileIO):
    """A file whose disk fails behind its first bytes."""

    def __init__(self, path: Path, good_bytes: int) -> None:
        super().__init__(path)
        self._good_bytes = good_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self._good_bytes:
            raise OSError(5, "Input/output error")
        return super().read(min(self._good_bytes - self.tell(), size or 0))


@pytest.mark.parametrize("compress", [None, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("replays_before", [0, 1])
def test_a_file_that_broke_off_is_ingested_once(
    compress: Callable[[bytes], bytes] | None,
    replays_before: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, lake = tmp_path / "source", tmp_path / "lake"
    data = mixed_lines(0, 4_200, padding=1_500).encode()
    source.write_bytes(compress(data) if compress else data)
    with monkeypatch.context() as broken:
        good = source.stat().st_size * 3 // 4
        broken.setattr(ahead, "open_source", lambda found: BreaksOff(found, good))
        ingest([source], lake, workers=1)
    read = counts(lake)["spans_landing"]
    assert 0 < read < 4_200
    for _ in range(replays_before):
        done = replay(lake)
        assert (done.batch_id, done.unfinished) == (None, 1)
    ingest([source], lake)
    assert counts(lake)["spans_landing"] == 4_200
    assert replay(lake).recovered == 1
    assert (counts(lake)["spans_landing"], counts(lake)["rejects"]) == (4_200, 0)
    check_accounts(lake)


class BadSector(io.FileIO):
    """A file whose disk cannot give the bytes at one place."""

    def __init__(self, path: Path, place: int) -> None:
        super().__init__(path)
        self._place = place

    def read(self, size: int | None = -1, /) -> bytes:
        end = sys.maxsize if size is None or size < 0 else self.tell() + size
        if self.tell() <= self._place < end:
            raise OSError(5, "Input/output error")
        return super().read(size)


_TRACES = 1_100
_SPAN_BYTES = 12_000


def _texts() -> Iterator[str]:
    """What does not compress, so that there is something to cut."""
    chance = random.Random(1)
    return (base64.b64encode(chance.randbytes(_SPAN_BYTES * 3 // 4)).decode() for _ in range(_TRACES))


def _lines() -> bytes:
    return "".join(log_line(n).replace("message", text) for n, text in enumerate(_texts())).encode()


def _frames() -> bytes:
    """Zstd frames that end anywhere in lines."""
    data, pack = _lines(), zstandard.ZstdCompressor(level=-50).compress
    return b"".join(pack(data[at : at + 100_000]) for at in range(0, len(data), 100_000))


def _messages() -> bytes:
    found = []
    for n, text in enumerate(_texts()):
        request = ExportLogsServiceRequest()
        record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=BASE_NANO + n)
        record.body.string_value = text
        found.append(request.SerializeToString())
    return b"".join(struct.pack(">I", len(message)) + message for message in found)


@pytest.mark.parametrize("written", [_lines, _frames, _messages])
def test_a_piece_in_the_middle_is_tried_again_alone(
    written: Callable[[], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, lake, whole = tmp_path / "source", tmp_path / "lake", tmp_path / "whole"
    source.write_bytes(data := written())
    ingest([source], whole, workers=1)
    with monkeypatch.context() as broken:
        broken.setattr(ahead, "open_source", lambda found: BadSector(found, len(data) // 2))
        first = ingest([source], lake, workers=1, split_bytes=BLOCK_BYTES)
        again = ingest([source], lake, workers=1, split_bytes=BLOCK_BYTES)
    # Blocks that are hashed reach into the next range, so that two ranges may meet the bad place.
    unread = counts(lake)["rejects"]
    assert (first.rejects, again.batch_id) == (unread, None) and 1 <= unread <= 2
    assert 0 < counts(lake)["log_records"] < _TRACES
    check_accounts(lake)
    (tmp_path / "other").write_text(log_line(1))
    ingest([tmp_path / "other"], lake)
    assert counts(lake)["rejects"] == unread, "files that are not named are left alone"
    done = ingest([source], lake, workers=1, split_bytes=BLOCK_BYTES)
    assert 0 < done.bytes < 1.1 * unread * BLOCK_BYTES < len(data)
    assert (counts(lake)["rejects"], ingest([source], lake).batch_id) == (0, None)
    check_accounts(lake)
    taken = column(lake, "log_records", "body")
    assert taken == sorted([*column(whole, "log_records", "body"), "message 1"], key=repr)


@pytest.mark.parametrize("is_read_before", [False, True])
@pytest.mark.parametrize("written", [_lines, _frames, _messages])
def test_a_file_with_an_unread_piece_is_known_again(
    written: Callable[[], bytes], is_read_before: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, lake = tmp_path / "source", tmp_path / "lake"
    folder.mkdir()
    source, data = folder / "a", written()
    source.write_bytes(data)
    with monkeypatch.context() as broken:
        broken.setattr(ahead, "open_source", lambda found: BadSector(found, len(data) // 2))
        ingest([folder], lake, workers=1, split_bytes=BLOCK_BYTES)
    taken, unread = counts(lake)["log_records"], counts(lake)["rejects"]
    assert 0 < taken < _TRACES and unread
    if is_read_before:
        ingest([folder], lake, workers=1, split_bytes=BLOCK_BYTES)
        taken, unread = _TRACES, 0
    assert (counts(lake)["log_records"], counts(lake)["rejects"]) == (taken, unread)
    source = source.rename(folder / "b")
    source.touch()
    ingest([folder], lake, workers=1, split_bytes=BLOCK_BYTES)
    assert (counts(lake)["log_records"], counts(lake)["rejects"]) == (taken, unread), "renamed"
    with source.open("ab") as file:
        file.write(data[: len(data) // 3] if written is not _lines else log_line(1).encode())
    ingest([folder], lake, workers=1, split_bytes=BLOCK_BYTES)
    check_accounts(lake)
    more = counts(lake)["log_records"] - taken
    assert more == 1 if written is _lines else 0 < more <= _TRACES / 3 + 1, "grown"
