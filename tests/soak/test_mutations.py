"""Damaged files of the corpus: ten minutes of them by `make soak`, a few seconds elsewhere.

OTLP_CORPORA names a folder of other files to damage.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import pytest
from mutations import LARGEST, run
from scale import MEMORY_BYTES, SCALE, SEED

TESTS = Path(__file__).parents[1]
sys.path.append(str(TESTS))

from peak_memory import forget_peak, peak_bytes  # noqa: E402

# The corpus that travels with the repository: a seed means the same file everywhere.
CORPUS = Path(os.environ.get("OTLP_CORPORA", TESTS / "data"))


def _originals() -> list[bytes]:
    files = sorted(p for p in CORPUS.rglob("*") if p.is_file() and p.suffix not in (".md", ".tsv"))
    return [data for data in (p.read_bytes() for p in files) if 0 < len(data) <= LARGEST]


ORIGINALS = _originals()


@pytest.mark.slow
def test_damaged_files_are_accounted_for() -> None:
    print(f"OTLP_TEST_SEED={SEED}, {len(ORIGINALS)} files of {CORPUS}")
    held = forget_peak()
    assert run(ORIGINALS, itertools.count(SEED), 600 * SCALE) > 20
    assert peak_bytes() - held < MEMORY_BYTES
