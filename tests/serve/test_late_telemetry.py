"""A month that arrives shuffled and late, built after each arrival, equals the month built at once."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from star_content import content

from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views
from warehouse.serve.dbt_run import run_models
from warehouse.traces.assemble import assemble

pytestmark = pytest.mark.slow

SEED = 30
DAYS, DAYS_AN_ARRIVAL = 30, 10
_OF_INGEST = ("fct_ingest_files", "stg_otlp__ingest_files", "ingest_batch")


def _arrivals(folder: Path, files: list[Path]) -> list[Path]:
    """A month as one file an arrival: 5 % of the spans come up to ten days late, and all are shuffled."""
    rng = random.Random(SEED)
    arriving: dict[int, list[str]] = {}
    for file in files:
        day = int(file.stem[-2:])
        for line in _of_one_span(file):
            late = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 10)) if rng.random() < 0.05 else 0
            arriving.setdefault((day - 1 + late) // DAYS_AN_ARRIVAL, []).append(line)
    written = []
    for number, lines in sorted(arriving.items()):
        rng.shuffle(lines)
        written.append(folder / f"arrival-{number}.jsonl")
        written[-1].write_text("".join(lines), encoding="utf-8")
    return written


def _of_one_span(file: Path) -> Iterator[str]:
    """Lines of a file, those with spans cut into lines of one: a late span is less than 1 % of a date."""
    for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
        for resource in json.loads(line).get("resourceSpans", ()):
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    alone = resource | {"scopeSpans": [scope | {"spans": [span]}]}
                    yield json.dumps({"resourceSpans": [alone]}) + "\n"
        if "resourceSpans" not in line:
            yield line


def _build(lake: Path, file: Path, *, settle: bool = False) -> int:
    """A build but for its gate, which only reads. Returns how many spans wait in landing."""
    assemble(lake, settle=settle)
    tables = snapshot(lake)
    with duckdb.connect(str(file)) as con:
        lake_views.create(con, lake, tables)
    run_models(file, file.parent)
    return int(tables["spans_landing"].count())


def test_shuffled_and_late_arrivals_end_as_one_full_build(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    end = date(2026, 9, 1) + timedelta(days=DAYS - 1)
    files = write_history(tmp_path / "month", days=DAYS, seed=SEED, spans_per_day=200, end_date=end)
    (tmp_path / "arriving").mkdir()
    lake, star = tmp_path / "lake", tmp_path / "star.duckdb"
    waiting, shown = [], []
    arrivals = _arrivals(tmp_path / "arriving", files)
    for arrival in arrivals:
        ingest([arrival], lake)
        waiting.append(_build(lake, star, settle=arrival == arrivals[-1]))
        with duckdb.connect(str(star), read_only=True) as con:
            (told,) = con.sql("select sum(waiting_span_count) from daily_service_health").fetchall()[0]
        shown.append(int(told))
    assert len(waiting) == 4 and waiting[0] == waiting[3] == 0 and min(waiting[1:3]) > 0, waiting
    assert shown[3] == 0 and 0 < shown[1] <= waiting[1] and 0 < shown[2] <= waiting[2], (waiting, shown)

    (tmp_path / "whole").mkdir()
    whole = tmp_path / "whole" / "star.duckdb"
    ingest(files, tmp_path / "whole" / "lake")
    assert _build(tmp_path / "whole" / "lake", whole, settle=True) == 0
    found, expected = content(star, _OF_INGEST), content(whole, _OF_INGEST)
    assert len(expected) > 50 and expected["fct_spans"][0] > 4000
    assert {name: rows for name, rows in found.items() if rows != expected[name]} == {}
    assert found.keys() == expected.keys()
