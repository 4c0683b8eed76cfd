"""Any order of arrival, any split over files and runs: after settling, the same assembled rows."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from arriving_traces import Arrivals, arrivals
from assembled_content import Content, accounts, content

from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble

SEED = int(os.environ.get("OTLP_TEST_SEED", random.randrange(2**32)))
TRACES = 300


@pytest.fixture(scope="module")
def made() -> Arrivals:
    print(f"OTLP_TEST_SEED={SEED}")
    return arrivals(SEED, TRACES)


@pytest.fixture(scope="module")
def at_once(made: Arrivals, tmp_path_factory: pytest.TempPathFactory) -> Content:
    folder = tmp_path_factory.mktemp("at-once")
    (folder / "all.jsonl").write_text(made.lines())
    ingest([folder / "all.jsonl"], folder / "lake")
    result = assemble(folder / "lake", settle=True)
    assert result.waiting == 0
    assert result.conflicts > 0
    found, held = accounts(folder / "lake")
    assert found == held == len(made.spans)
    return content(folder / "lake")


@pytest.mark.parametrize(
    ("pieces", "unit_rows", "is_reversed"), [(3, 10**6, False), (5, 200, True), (2, 97, False)]
)
def test_arrival_in_pieces_gives_the_same_rows(
    made: Arrivals,
    at_once: Content,
    tmp_path: Path,
    pieces: int,
    unit_rows: int,
    is_reversed: bool,
) -> None:
    lake, size = tmp_path / "lake", len(made.spans) // pieces + 1
    order = range(0, len(made.spans), size)
    for begin in reversed(order) if is_reversed else order:
        file = tmp_path / f"{begin}.jsonl"
        file.write_text(made.lines(begin, begin + size))
        ingest([file], lake)
        assemble(lake, unit_rows=unit_rows)
        found, held = accounts(lake)
        assert found == held
    assemble(lake, settle=True, unit_rows=unit_rows)
    assert content(lake) == at_once


def test_running_again_does_nothing(made: Arrivals, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text(made.lines(0, 200))
    lake = tmp_path / "lake"
    ingest([tmp_path / "all.jsonl"], lake)
    assert assemble(lake).assembly_id == 1
    before = content(lake)
    assert assemble(lake).assembly_id is None
    assert content(lake) == before
