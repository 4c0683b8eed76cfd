"""However many files a day landed in, its rows are decoded about once, and little is held between units."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from arriving_traces import Arrivals, arrivals
from assembled_content import content

from warehouse.lake.assembly_commit import assembly_folder, last_assembly
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.stores.places import place
from warehouse.traces.assemble import assemble
from warehouse.traces.crew import Threads
from warehouse.traces.files import TraceFile
from warehouse.traces.plan import AssemblyPlan
from warehouse.traces.planning import plan_assembly
from warehouse.traces.ranges import plan_units
from warehouse.traces.rows import between
from warehouse.traces.runs import write_runs
from warehouse.traces.unit_rows import UnitReader, UnitRows

MADE = arrivals(11, 150)


def _landed(folder: Path, files: int, made: Arrivals = MADE) -> Path:
    """A lake into which the spans came in as many batches, so as many landing files a date."""
    size = -(-len(made.spans) // files)
    for begin in range(0, len(made.spans), size):
        (folder / str(begin)).write_text(made.lines(begin, begin + size))
        ingest([folder / str(begin)], folder / "lake")
    return folder / "lake"


def _planned(lake: Path, unit_rows: int) -> tuple[Path, AssemblyPlan]:
    """The plan of an assembly of what landed, and its folder."""
    number = last_assembly(lake) + 1
    plan = plan_assembly(lake, snapshot(lake), number, 2 * 10**18, settle=True, unit_rows=unit_rows)
    assert plan is not None
    folder = assembly_folder(lake, number)
    assert isinstance(folder, Path)
    return folder, plan


def _decoded(lake: Path, unit_rows: int) -> tuple[int, list[int]]:
    """Span rows that an assembly of what landed decodes, and those of each unit."""
    folder, plan = _planned(lake, unit_rows)
    runs = write_runs(lake, folder, plan, Threads(1))
    reader = UnitReader(lake, folder, plan, folder, runs)
    used = [_spans(reader.read(unit)) for unit in plan.units]
    return runs.decoded + reader.decoded, used


def _spans(rows: UnitRows) -> int:
    """Spans of a unit, copies that were folded or set aside while reading included."""
    landed = rows.spans.filter(pc.invert(rows.spans["is_assembled"]))
    parts = [landed, *(spans for spans, _ in rows.outranked.buckets({}))]
    read = sum(part.num_rows + (pc.sum(part["duplicate_count"]).as_py() or 0) for part in parts)
    return rows.spans.num_rows - landed.num_rows + read


@pytest.mark.parametrize("files", [1, 20])
def test_landing_files_are_decoded_once(files: int, tmp_path: Path) -> None:
    decoded, used = _decoded(_landed(tmp_path, files), unit_rows=60)
    assert sum(used) == len(MADE.spans)
    assert len(used) >= 3
    assert max(used) <= 120, "else memory grows with the day"
    assert decoded <= 1.5 * sum(used)


def test_assembled_files_that_many_units_cut_are_decoded_once(tmp_path: Path) -> None:
    lake = _landed(tmp_path, 2)
    assemble(lake, settle=True)
    (tmp_path / "again").write_text(MADE.lines())
    ingest([tmp_path / "again"], lake)
    decoded, used = _decoded(lake, unit_rows=100)
    assert len(used) >= 3
    assert decoded <= 1.5 * sum(used)


def test_units_are_of_one_size_however_small_files_are(tmp_path: Path) -> None:
    (tmp_path / "spans_landing").mkdir()
    files, drawn = [], random.Random(3)
    for number in range(300):
        ids = sorted(f"{drawn.getrandbits(128):032x}" for _ in range(5))
        path = f"{number}.parquet"
        pq.write_table(pa.table({"trace_id": ids}), tmp_path / "spans_landing" / path)
        files.append(TraceFile(path, 1, "2026-11-18", 5, ids[0], ids[-1], 0))
    units = plan_units(place(tmp_path), [("2026-11-18",)], files, [], {}, 500)
    assert len(units) >= 3
    every = pa.concat_tables([pq.read_table(tmp_path / "spans_landing" / f.path) for f in files])
    held = [between(every, unit.low, unit.high).num_rows for unit in units]
    assert sum(held) == 1500
    assert max(held) <= 750, "else memory grows with the day"


def test_runs_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    (tmp_path / "one").mkdir()
    many, one = _landed(tmp_path / "many", 20), _landed(tmp_path / "one", 1)
    assemble(many, settle=True, unit_rows=60)
    assemble(one, settle=True)
    assert content(many) == content(one)


def test_runs_of_an_attempt_that_was_stopped_take_no_room(tmp_path: Path) -> None:
    lake = _landed(tmp_path, 20)
    folder, plan = _planned(lake, unit_rows=60)
    (folder / "runs").mkdir(parents=True)
    (folder / "runs/stopped.arrow").write_text("half a run")
    runs = write_runs(lake, folder, plan, Threads(1))
    named = {run.file for of_table in runs.runs.values() for run in of_table}
    assert named == {file.name for file in (folder / "runs").iterdir()}
