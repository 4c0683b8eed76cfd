"""Files whose disk fails while they are read: ingest goes on there, and nothing is read twice."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from lake_rows import counts
from ledger_accounts import check_accounts
from otlp_lines import mixed_lines

from warehouse.lake.ingest import ingest
from warehouse.lake.replay import replay
from warehouse.otlp import ahead


class BreaksOff(io.BytesIO):
    """A file whose disk fails behind its first bytes."""

    def __init__(self, data: bytes, good_bytes: int) -> None:
        super().__init__(data)
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
        broken.setattr(ahead, "open_source", lambda _: BreaksOff(source.read_bytes(), good))
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
