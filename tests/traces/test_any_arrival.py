"""Any permutation of arrival, any split over files and runs: the same assembled tables by content hash."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from assembled_content import digests
from otlp_of_rows import otlp_lines
from random_traces import random_batch
from trace_batch import MIDNIGHT, SECOND, Batch, span_row

from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""


def _arrived(folder: Path, pieces: list[list[str]]) -> dict[str, str]:
    """Content of a lake into which the pieces came one after the other, each assembled and settled."""
    folder.mkdir()
    for number, lines in enumerate(pieces):
        file = folder / f"{number}.jsonl"
        file.write_text("".join(lines))
        ingest([file], folder / "lake")
        assert assemble(folder / "lake", settle=True).waiting == 0
    hashes = digests(folder / "lake")
    assert assemble(folder / "lake", settle=True).assembly_id is None
    assert digests(folder / "lake") == hashes
    return hashes


@pytest.mark.slow
@pytest.mark.parametrize("number", range(6))
def test_random_traces_in_any_order_and_split(number: int, tmp_path: Path) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    rng = random.Random(SEED + number)
    lines = otlp_lines(random_batch(rng, traces=80, has_assembled=False))
    wanted = _arrived(tmp_path / "at-once", [lines])
    rng.shuffle(lines)
    cuts = sorted(rng.sample(range(1, len(lines)), 3))
    pieces = [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    assert _arrived(tmp_path / "in-pieces", pieces) == wanted


def test_a_name_that_arrives_later_marks_traces_of_the_day_before(tmp_path: Path) -> None:
    """The trace began the day before: its row there shows what a later span of it is found guilty of."""
    crossing, later = Batch(), Batch()
    trace, root = "a" * 32, "1" * 16
    crossing.add(span_row(trace, root, None, MIDNIGHT - SECOND, 5 * SECOND, kind=2))
    call = span_row(trace, "2" * 16, root, MIDNIGHT + SECOND, SECOND, kind=3, peer_service="cart")
    crossing.add(call)
    later.add(span_row("b" * 32, "3" * 16, None, MIDNIGHT + SECOND, SECOND, kind=2, service_name="cart"))
    lines = [otlp_lines(batch) for batch in (crossing, later)]
    wanted = _arrived(tmp_path / "at-once", [lines[0] + lines[1]])
    assert _arrived(tmp_path / "in-pieces", lines) == wanted
    assert _arrived(tmp_path / "reversed", lines[::-1]) == wanted


def test_a_lake_may_lie_in_a_folder_with_a_space(tmp_path: Path) -> None:
    batch = Batch([span_row("a" * 32, "1" * 16, None, MIDNIGHT, SECOND)])
    assert _arrived(tmp_path / "my lakes", [otlp_lines(batch)])["spans"].startswith("1 rows")
