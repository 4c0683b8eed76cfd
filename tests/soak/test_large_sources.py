"""Sources of any size are read by a worker of bounded memory: whole by `make soak`, a hundredth elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import large_sources
import pytest
from scale import MEMORY_BYTES, SCALE

from warehouse.lake.snapshot import snapshot

pytestmark = pytest.mark.slow
GIGABYTE = 1_000_000_000
INGEST = """
import json, sys
from peak_memory import peak_bytes
from warehouse.lake.ingest import ingest
done = ingest([sys.argv[1]], sys.argv[2], workers=1, **json.loads(sys.argv[3])).to_json()
print(json.dumps(done | {"peak": peak_bytes()}))
"""
TESTS = Path(__file__).parents[1]
WITH_TESTS = os.environ | {"PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
FACTS = ("spans", "log_records", "number_points", "histogram_points", "exponential_histogram_points")


def _ingested(source: Path, lake: Path, **options: int) -> dict[str, Any]:
    """What one worker in a process of its own did, its memory being bounded."""
    command = [sys.executable, "-c", INGEST, str(source), str(lake), json.dumps(options)]
    done = subprocess.run(command, env=WITH_TESTS, capture_output=True, text=True, check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    print(report)
    assert report["peak"] < MEMORY_BYTES
    return report


def _records(report: dict[str, Any]) -> int:
    return sum(report["rows"][table] for table in (*FACTS, "summary_points"))


def test_a_large_file_of_lines(tmp_path: Path) -> None:
    """20 GB."""
    wanted = large_sources.lines(tmp_path / "source", int(20 * GIGABYTE * SCALE))
    report = _ingested(tmp_path / "source", tmp_path / "lake")
    assert (_records(report), report["rejects"]) == (wanted, 0)


WRITERS = (
    large_sources.one_document,
    large_sources.one_line,
    large_sources.one_group,
    large_sources.one_scope,
    large_sources.one_message,
    large_sources.one_message_scope,
)


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_one_large_document(write: Callable[[Path, int], int], tmp_path: Path) -> None:
    """1 GB. A document is read record by record: only a record is held whole."""
    size = int(GIGABYTE * SCALE)
    wanted = write(tmp_path / "source", size)
    report = _ingested(tmp_path / "source", tmp_path / "lake", record_limit=min(256 << 20, size // 2))
    assert (_records(report), report["rejects"]) == (wanted, 0)


def test_one_large_gzip_member(tmp_path: Path) -> None:
    """3 GB after decompression."""
    wanted = large_sources.one_gzip(tmp_path / "source", int(3 * GIGABYTE * SCALE))
    report = _ingested(tmp_path / "source", tmp_path / "lake")
    assert (_records(report), report["rejects"]) == (wanted, 0)


def test_very_many_tiny_objects(tmp_path: Path) -> None:
    """100,000 files become a handful of Parquet files."""
    wanted = large_sources.tiny_objects(tmp_path / "source", int(100_000 * SCALE))
    report = _ingested(tmp_path / "source", tmp_path / "lake")
    assert (report["files"], _records(report), report["rejects"]) == (wanted, wanted, 0)
    days = 1 + wanted // (24 * 60)
    splits = 1 + wanted // 2_048
    assert len(snapshot(tmp_path / "lake")["log_records"].file_uris()) <= 2 * days + splits
