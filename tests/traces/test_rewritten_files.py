"""Only range files that hold a changed trace are rewritten, and those that the date judges otherwise now."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from arriving_traces import arrivals
from assembled_content import content, views
from otlp_of_rows import otlp_lines
from trace_batch import DAY, MIDNIGHT, SECOND, Batch, Row, span_row

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES
from warehouse.lake.ingest import ingest
from warehouse.lake.tables import open_table
from warehouse.traces.assemble import assemble
from warehouse.traces.files import trace_files
from warehouse.traces.judgments import is_judgment

SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
RANGES = 8
NOON = MIDNIGHT + DAY // 2


class Lake:
    """A lake that takes batches one by one, and one that takes all of them at once."""

    def __init__(self, folder: Path, unit_rows: int = 8) -> None:
        self.path, self._folder, self._arrived, self._unit_rows = folder / "lake", folder, 0, unit_rows

    def arrives(self, *batches: Batch) -> None:
        """Every batch lands as a file of its own; then all are assembled."""
        for batch in batches:
            self._arrived += 1
            file = self._folder / f"{self._arrived}.jsonl"
            file.write_text("".join(otlp_lines(batch)))
            ingest([file], self.path)
        assemble(self.path, settle=True, unit_rows=self._unit_rows)

    def files(self) -> dict[str, dict[str, str]]:
        """By path of each assembled file: its table and the first digit of its first trace id."""
        found: dict[str, dict[str, str]] = {}
        for table in ASSEMBLED_TABLES:
            files = [
                f for f in trace_files(self.path / table, open_table(self.path, table)) if not is_judgment(f)
            ]
            found[table] = {f.path: f.low[0] for f in files}
        return found

    def at_once(self) -> Path:
        """Another lake with everything that arrived so far, assembled in one go."""
        whole = self._folder / "whole"
        ingest([self._folder / f"{n + 1}.jsonl" for n in range(self._arrived)], whole)
        assemble(whole, settle=True)
        return whole


def _trace(batch: Batch, first_digit: int, number: int, start: int, **more: object) -> Row:
    """A CLIENT span below a root, by services of their own resources."""
    trace, root = f"{first_digit:x}{number:031x}", f"{number + 1:016x}"
    batch.add(span_row(trace, root, None, start, 100 * SECOND, kind=1, service_name="front", resource_key=1))
    call = span_row(trace, f"{number + 2:016x}", root, start + SECOND, SECOND, resource_key=2)
    call.update({"kind": 3, "service_name": "back", "peer_service": "elsewhere"})
    call.update(more)
    return batch.add(call)


def _days(start: int = NOON) -> list[Batch]:
    """Four traces for each of the ranges, on one date."""
    batches = [Batch() for _ in range(RANGES)]
    for digit, batch in enumerate(batches):
        for n in range(4):
            _trace(batch, digit, n, start + n * SECOND)
    return batches


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """Whatever arrives, the lake must equal one that took all at once."""
    lake = Lake(tmp_path)
    lake.arrives(*_days())
    assert sorted(lake.files()["spans"].values()) == [f"{n:x}" for n in range(RANGES)]
    yield lake
    assert content(lake.path) == content(lake.at_once())


def _replaced(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """First digits of the files that are gone."""
    return {digit for path, digit in before.items() if path not in after}


def test_a_late_span_rewrites_the_files_of_its_trace_alone(lake: Lake) -> None:
    late, before = Batch(), lake.files()
    late.add(span_row(f"{3:x}{1:031x}", "f" * 16, f"{2:016x}", NOON, SECOND, kind=1))
    lake.arrives(late)
    after = lake.files()
    for table in ("spans", "traces"):
        assert _replaced(before[table], after[table]) == {"3"}
        assert len(after[table]) == RANGES


def test_a_new_trace_joins_the_file_before_it(lake: Lake) -> None:
    new, before = Batch(), lake.files()
    _trace(new, 5, 77, NOON)
    lake.arrives(new)
    after = lake.files()
    assert _replaced(before["spans"], after["spans"]) == {"5"}
    assert len(after["spans"]) == RANGES


def test_files_between_which_others_stay_are_not_joined(lake: Lake) -> None:
    late, before = Batch(), lake.files()
    for digit in (1, 2, 6):
        late.add(span_row(f"{digit:x}{1:031x}", "f" * 16, None, NOON, SECOND, kind=1))
    lake.arrives(late)
    after = lake.files()
    assert _replaced(before["spans"], after["spans"]) == {"1", "2", "6"}
    bounds = sorted((f.low, f.high) for f in trace_files(lake.path / "spans", open_table(lake.path, "spans")))
    assert all(high < low for (_, high), (low, _) in pairwise(bounds))


def test_a_name_that_is_instrumented_now_rewrites_who_calls_it(tmp_path: Path) -> None:
    lake, batches = Lake(tmp_path), _days()
    _trace(batches[2], 2, 9, NOON, peer_service="cart")
    lake.arrives(*batches)
    new, before = Batch(), lake.files()
    new.add(span_row("6" * 32, "f" * 16, None, NOON, SECOND, kind=2, service_name="cart"))
    lake.arrives(new)
    assert _replaced(before["spans"], lake.files()["spans"]) == {"2", "6"}
    with views(lake.path) as con:
        found = con.sql(
            "select trace_id[1] from lake.integrity_violations where finding = 'uninstrumented_callee'"
        )
        assert found.fetchall() == [("2",)]
    assert content(lake.path) == content(lake.at_once())


def test_a_clock_that_is_found_skewed_rewrites_who_is_judged_by_it(tmp_path: Path) -> None:
    """A child outside its parent breaks a rule as long as few of its resources' spans lie outside."""
    lake, batches = Lake(tmp_path), _days()
    _trace(batches[1], 1, 9, NOON, start_time_unix_nano=NOON - 3 * SECOND, resource_key=9)
    for n in range(20, 23):
        _trace(batches[4], 4, n, NOON, resource_key=9)
    lake.arrives(*batches)
    new, before = Batch(), lake.files()
    for n in range(30, 40):
        _trace(new, 7, n, NOON, start_time_unix_nano=NOON - 20 * SECOND, resource_key=9)
    lake.arrives(new)
    assert _replaced(before["spans"], lake.files()["spans"]) == {"1", "7"}
    assert content(lake.path) == content(lake.at_once())


def test_a_trace_of_two_days_is_rewritten_on_both(lake: Lake) -> None:
    crossing = [Batch() for _ in range(RANGES)]
    for digit, batch in enumerate(crossing):
        for n in range(8):
            batch.add(
                span_row(f"{digit:x}{1:031x}", f"{n + 80:016x}", f"{2:016x}", NOON + DAY, SECOND, kind=1)
            )
    lake.arrives(*crossing)
    late, before = Batch(), lake.files()
    late.add(span_row(f"{4:x}{1:031x}", "e" * 16, f"{2:016x}", NOON, SECOND, kind=1))
    late.add(span_row(f"{6:x}{9:031x}", "e" * 16, None, NOON + DAY, SECOND, kind=1))
    lake.arrives(late)
    after = lake.files()
    gone = {(path[19:21], digit) for path, digit in before["spans"].items() if path not in after["spans"]}
    assert gone == {("20", "4"), ("21", "4"), ("21", "6")}


def test_a_small_date_is_one_file(tmp_path: Path) -> None:
    """Every range holds a span of the next date, too."""
    lake, batches = Lake(tmp_path, unit_rows=9), _days()
    for digit, batch in enumerate(batches):
        batch.add(span_row(f"{digit:x}{1:031x}", "e" * 16, f"{2:016x}", NOON + DAY, SECOND, kind=1))
    lake.arrives(*batches)
    days = [path[11:21] for path in lake.files()["spans"]]
    assert (len(days), days.count("2026-11-21")) == (RANGES + 1, 1)
    held = {path for table in ASSEMBLED_TABLES for path in lake.files()[table]}
    written = [p for table in ASSEMBLED_TABLES for p in (lake.path / table).rglob("*.parquet")]
    assert {f"{p.parent.name}/{p.name}" for p in written if not p.name.startswith("date-")} == held
    assert content(lake.path) == content(lake.at_once())


@pytest.mark.slow
def test_many_small_arrivals_equal_one(tmp_path: Path) -> None:
    print(f"OTLP_TEST_SEED={SEED}")
    made, stayed = arrivals(SEED, 60), 0
    cuts = [0, len(made.spans) * 3 // 4, *range(len(made.spans) * 3 // 4 + 8, len(made.spans) - 40, 8)][:4]
    whole, lake = tmp_path / "whole", tmp_path / "lake"
    (tmp_path / "all").write_text(made.lines())
    ingest([tmp_path / "all"], whole)
    assemble(whole, settle=True)
    for begin, end in zip(cuts, [*cuts[1:], None], strict=True):
        before = trace_files(lake / "spans", open_table(lake, "spans")) if begin else []
        spans = sorted(made.spans[begin:end], key=lambda s: s[1]["traceId"])
        for n in range(0, len(spans), max(len(spans) // 4, 4)):
            piece = type(made)(spans[n : n + max(len(spans) // 4, 4)])
            (tmp_path / f"{begin}-{n}").write_text(piece.lines())
            ingest([tmp_path / f"{begin}-{n}"], lake)
        assemble(lake, settle=True, unit_rows=60)
        paths = {f.path for f in trace_files(lake / "spans", open_table(lake, "spans"))}
        stayed += sum(f.path in paths for f in before)
    assert content(lake) == content(whole)
    assert stayed > 0
