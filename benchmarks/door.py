"""The command line that every benchmark has."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.frozen_data import SPANS

ROOT = Path(__file__).parents[1]
Report = dict[str, Any]


def arguments_of(description: str | None) -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--spans", type=int, default=SPANS, help="spans of the frozen day, about")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender")
    parser.add_argument("--folder", type=Path, default=ROOT / ".data" / "bench", help="where data is kept")
    return parser


def run(
    said: argparse.Namespace,
    benchmark: Callable[[Path, int, int], Report],
    show: Callable[[Report], None],
) -> None:
    """Measure, then print the report for a machine or show it."""
    report = benchmark(said.folder.resolve(), said.spans, said.rounds)
    if said.json:
        print(json.dumps(report))
    else:
        show(report)
