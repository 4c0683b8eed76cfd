"""`otlp-warehouse check --constraint`: violations of the lake, with what to do about them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from cli import EXAMPLES, run, run_on_terminal, sentence

from warehouse.cli.violations import _title, listed
from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.lake.ingest import ingest
from warehouse.traces.assemble import assemble


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("violations") / "lake"
    ingest([EXAMPLES], lake)
    assemble(lake, settle=True)
    return lake


def test_json_counts_all_and_lists_some(lake: Path) -> None:
    done = run("check", "--constraint", "type", "--lake", lake, "--limit", "3", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["constraint"] == "TYPE" and found["description"] == CONSTRAINTS["TYPE"].description
    assert len(found["violations"]) == 3 < sum(found["severities"].values())
    assert all(row["detail"] and row["fix"] and row["severity"] == "warning" for row in found["violations"])


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_the_list_holds_what_the_lake_holds(lake: Path, constraint: str) -> None:
    found = listed(lake, constraint, 100_000)
    rows = found["violations"]
    by_severity = {s: sum(r["severity"] == s for r in rows) for s in found["severities"]}
    assert by_severity == found["severities"]
    assert all(len(r["fix"]) > 20 for r in rows)
    counted = Counter((r["service_name"], r["finding"]) for r in rows)
    most = {(m["service_name"], m["finding"]): m["violations"] for m in found["most"]}
    assert most.items() <= counted.items()
    assert list(most.values()) == sorted(counted.values(), reverse=True)[:5]


@pytest.mark.parametrize("columns", [70, 150])
def test_a_terminal_shows_each_with_its_fix(lake: Path, columns: int) -> None:
    shown = run_on_terminal("check", "--constraint", "IC4", "--lake", lake, "--limit", "2", columns=columns)
    words = " ".join(shown.replace("│", " ").split())
    assert "10 violations of severity error" in words and "8 more: --limit 10 lists all." in words
    assert max(map(len, shown.splitlines())) <= columns
    assert "falls from" in words or "falls" in words


def test_several_severities_are_counted_each() -> None:
    assert _title({"error": 0, "warning": 1, "info": 1_000}) == (
        "1,001 violations: 1 of severity warning, 1,000 of severity info"
    )


def test_a_constraint_that_holds_says_so(lake: Path) -> None:
    done = run("check", "--constraint", "CAUSAL", "--lake", lake)
    assert done.returncode == 0 and done.stdout.endswith("It holds everywhere.\n")


def test_what_cannot_be_listed_is_one_sentence(lake: Path, tmp_path: Path) -> None:
    assert "choose one of IC1, IC2" in sentence(run("check", "--constraint", "IC9", "--lake", lake), 2)
    told = sentence(run("check", "--constraint", "cardinality", "--lake", lake), 2)
    assert "found by builds, not in the lake: run `otlp-warehouse sql" in told
    assert "There is no lake" in sentence(run("check", "--constraint", "IC1", "--lake", tmp_path), 3)
