"""A lake of many small files, assembled in several runs, and the files published from it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tests" / room) for room in ("", "ingest", "traces", "cli")]

from arriving_traces import arrivals  # noqa: E402
from otlp_lines import mixed_lines  # noqa: E402

from warehouse.lake.ingest import ingest  # noqa: E402
from warehouse.traces.assemble import assemble  # noqa: E402

SEED = 11


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    print(f"seed {SEED}")
    folder = tmp_path_factory.mktemp("maintained")
    spans = arrivals(SEED, 300)
    # Files of different ranges of trace ids, so that assembly cuts dates into several files and keeps them.
    spans.spans.sort(key=lambda made: str(made[1]["traceId"]))
    slice_spans = len(spans.spans) // 12 + 1
    for n in range(3):
        for m in range(n * 4, n * 4 + 4):
            (folder / f"spans-{m}").write_text(spans.lines(m * slice_spans, (m + 1) * slice_spans))
            ingest([folder / f"spans-{m}"], folder / "lake")
        (folder / f"mixed-{n}").write_text(mixed_lines(n * 20, 20) + '{"broken"\n')
        ingest([folder / f"mixed-{n}"], folder / "lake")
        assemble(folder / "lake", settle=True, unit_rows=100)
    return folder / "lake"


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copytree(made, tmp_path / "lake"))
