"""Dates that do not fit one unit are assembled one after the other, each written once; traces stay whole."""

from __future__ import annotations

import os
import random
from pathlib import Path

from arriving_traces import HOUR, Arrivals, arrivals
from assembled_content import accounts, content, digests

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import open_table
from warehouse.traces.assemble import assemble
from warehouse.traces.files import by_date, trace_files
from warehouse.traces.judgments import is_judgment
from warehouse.traces.planning import plan_assembly

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
UNIT_ROWS = 300


def _arrived(seed: int, traces: int = 100) -> Arrivals:
    """Arrivals in which one span in twenty comes again a day apart: ids in conflict across dates."""
    made, draw = arrivals(seed, traces), random.Random(seed)
    for service, span in draw.sample(made.spans, len(made.spans) // 20):
        moved = dict(span)
        shift = draw.choice((-24, 24)) * HOUR
        for name in ("startTimeUnixNano", "endTimeUnixNano"):
            moved[name] = str(int(span[name]) + shift)
        # Some end together, so that the hash of their content decides.
        if shift > 0 and draw.random() < 0.5:
            moved["endTimeUnixNano"], moved["startTimeUnixNano"] = (
                span["endTimeUnixNano"],
                str(int(span["startTimeUnixNano"]) - 30 * HOUR),
            )
        made.spans.append((service, moved))
    draw.shuffle(made.spans)
    return made


def _take(folder: Path, name: str, made: Arrivals, *runs: tuple[int, int | None]) -> Path:
    """A lake that took runs of the spans, assembled after each."""
    for number, (begin, end) in enumerate(runs):
        file = folder / f"{name}-{number}"
        file.write_text(made.lines(begin, end))
        ingest([file], folder / name)
        assemble(folder / name, settle=True, **({} if name == "whole" else {"unit_rows": UNIT_ROWS}))
    return folder / name


def _units(folder: Path, made: Arrivals) -> list[tuple[str, ...]]:
    (folder / "landed").write_text(made.lines())
    ingest([folder / "landed"], folder / "planned")
    tables = snapshot(folder / "planned")
    plan = plan_assembly(folder / "planned", tables, 1, 2 * 10**18, settle=True, unit_rows=UNIT_ROWS)
    assert plan is not None
    return [unit.dates for unit in plan.units]


def test_dates_of_several_units_equal_one_unit(tmp_path: Path) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    made = _arrived(SEED)
    units = _units(tmp_path, made)
    assert units == sorted(units) and len(set(units)) > 1
    whole, cut = _take(tmp_path, "whole", made, (0, None)), _take(tmp_path, "cut", made, (0, None))
    assert digests(cut) == digests(whole)
    assert content(cut) == content(whole)
    found, held = accounts(cut)
    assert found == held


def test_dates_in_two_runs_equal_one(tmp_path: Path) -> None:
    """What was assembled meets copies and parts of its traces on other dates."""
    print(f"OTLP_TEST_SEED={SEED}")
    made, half = _arrived(SEED + 1), 250
    whole = _take(tmp_path, "whole", made, (0, None))
    again = _take(tmp_path, "again", made, (0, half), (half, None))
    assert digests(again) == digests(whole)
    assert content(again) == content(whole)


def test_every_date_is_written_once(tmp_path: Path) -> None:
    made = arrivals(3, 120)
    lake = _take(tmp_path, "cut", made, (0, None))
    for name in ASSEMBLED_TABLES:
        files = [f for f in trace_files(lake / name, open_table(lake, name)) if not is_judgment(f)]
        assert [len(found) for found in by_date(files).values()] == [1] * len(by_date(files))
        written = {f"{p.parent.name}/{p.name}" for p in (lake / name).rglob("*.parquet")}
        assert {p for p in written if "/date-" not in p} == {f.path for f in files}
    assert len(by_date(trace_files(lake / "spans", open_table(lake, "spans")))) >= 3
