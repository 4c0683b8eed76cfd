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
    third = len(spans.spans) // 3 + 1
    for n in range(3):
        (folder / f"spans-{n}").write_text(spans.lines(n * third, (n + 1) * third))
        (folder / f"mixed-{n}").write_text(mixed_lines(n * 20, 20) + '{"broken"\n')
        ingest([folder / f"spans-{n}", folder / f"mixed-{n}"], folder / "lake")
        assemble(folder / "lake", settle=True, unit_rows=20)
    return folder / "lake"


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copytree(made, tmp_path / "lake"))
