"""Sizes of a real capture count each of its records once."""

from __future__ import annotations

from pathlib import Path

from benchmarks.capture_sizes import sizes

CAPTURE = Path(__file__).parents[1] / "data/captures/nobatch_logs.jsonl"


def test_sizes_of_a_capture() -> None:
    found = sizes(CAPTURE)
    assert (found["records"], found["as written"]) == (82, CAPTURE.stat().st_size)
    assert found["zstd -3"] < found["gzip -6"] < found["lake"] < found["as written"]
