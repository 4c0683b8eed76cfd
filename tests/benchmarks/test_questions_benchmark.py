"""The contenders of the questions benchmark hold the same spans and give the same answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.questions.catalogue import questions
from benchmarks.questions.comparison import difference
from benchmarks.questions.contenders import LOOKUPS

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
ESTIMATED = {"deploy_comparison", "slowest_operations"}
"""Quantiles of few durations: ClickHouse interpolates ranks, which only many durations make close."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("questions")
    command = [sys.executable, "-m", "benchmarks.questions", "--json", "--rounds=1"]
    command += ["--days=2", "--spans=4000", f"--folder={folder}"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def test_every_question_is_answered_alike(report: Any) -> None:
    rows = report["questions"]
    assert set(rows) == {q.name for q in questions()} | set(LOOKUPS)
    assert all(row["ours"]["rows"] for row in rows.values())
    # No SQL of ClickHouse walks a trace's critical path; dashboards ask macros of ours.
    ours_alone = {"critical_path_share", *(name for name in LOOKUPS if name.startswith("dashboard_"))}
    for name, row in rows.items():
        for schema in ("exporter", "tuned"):
            assert (schema in row) == (name not in ours_alone)
            if schema in row and name not in ESTIMATED:
                assert row[schema]["difference"] is None, (name, schema)


def test_sizes(report: Any) -> None:
    assert report["spans"] > 6_000
    assert all(size > 0 for size in report["bytes"].values())


def test_differences_are_found() -> None:
    assert difference("apdex", [["a", 1, 0.5]], [["a", 1, 0.5]]) is None
    assert difference("apdex", [["a", 1, 0.5]], [["a", 2, 0.5]]) is not None
    assert difference("apdex", [["a", 1, 0.5]], [["a", 1, 0.52]]) is not None
    assert difference("apdex", [["a", 1, 0.5]], []) is not None
    assert difference("slowest_operations", [[0] * 6 + [100.0]], [[1] * 6 + [100.5]]) is None
    assert difference("slowest_operations", [[0] * 6 + [100.0]], [[0] * 6 + [103.0]]) is not None
