"""The units of a plan: surveyed, assembled, and written as files."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from warehouse.integrity.habits import Habits
from warehouse.integrity.instrumentation import add_habits
from warehouse.lake.assembly_commit import assembly_folder
from warehouse.lake.json_files import read_json, write_json
from warehouse.lake.tables import data_paths, open_table
from warehouse.schemas.layout import ASSEMBLED
from warehouse.schemas.parquet import PartFile, PartWriter, discard_parts, open_parquet, write_rows
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place, Scratch
from warehouse.telemetry import traced
from warehouse.traces.assembled import Assembled, Filed, assemble_rows, survey
from warehouse.traces.crew import Crew
from warehouse.traces.dates import date_context
from warehouse.traces.entities import Entities
from warehouse.traces.kernel import SURVEY_COLUMNS, with_content_keys
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.redone import RangePlace, Redone
from warehouse.traces.rejudged import before, rejudged
from warehouse.traces.runs import Runs, recorded_runs, write_runs
from warehouse.traces.unit_rows import UnitReader

Surveyed = tuple[dict[str, pa.Table], dict[str, pa.Table] | None]
"""What a unit tells of its dates, and what it told before anything landed, if something stays."""
_READ_TABLES = ("resources", "scopes", "ingest_files")


@dataclass(frozen=True, slots=True)
class UnitResult:
    """Files that a unit wrote, and rows, by table; and what instrumentations wrote out of date in it."""

    unit: int
    parts: dict[str, list[PartFile]]
    rows: dict[str, int]
    habits: dict[str, Habits]
    """By path of a file of spans."""

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "parts": {name: [asdict(part) for part in found] for name, found in self.parts.items()},
            "rows": self.rows,
            "habits": {path: found.to_json() for path, found in self.habits.items()},
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> UnitResult:
        parts = {name: [PartFile(**p) for p in found] for name, found in value["parts"].items()}
        habits = {path: Habits.from_json(found) for path, found in value.get("habits", {}).items()}
        return cls(value["unit"], parts, value["rows"], habits)


class Workshop:
    """Carries out the units of one plan, in any number of threads. Finished units are remembered on disk.

    It travels to other processes, which see the same lake under the same path.
    """

    def __init__(
        self,
        lake: Place,
        plan: AssemblyPlan,
        tables: dict[str, DeltaTable],
        dates: dict[str, pa.Table] | None = None,
    ) -> None:
        self._lake, self._plan = lake, plan
        self._versions = {name: tables[name].version() for name in _READ_TABLES}
        self._folder = assembly_folder(lake, plan.number)
        self._entities = Entities(lake, tables)
        self._ledger = data_paths(lake, "ingest_files", tables["ingest_files"])
        self._dates = dates or {}
        self._scratch = Scratch(self._folder)
        self._runs = recorded_runs(self._scratch.folder) or Runs({}, {})

    def __reduce__(self) -> tuple[Any, ...]:
        return _workshop_again, (self._lake, self._plan, self._versions, self._dates)

    @property
    def plan(self) -> AssemblyPlan:
        """The plan, which a survey may widen."""
        return self._plan

    @traced("survey")
    def survey(self, crew: Crew, runs: Sequence[Sequence[Unit]]) -> None:
        """Learn from all units but those that are alone what constraints need to know of whole dates.

        Ranges that would stay, but hold spans that are judged otherwise now, are added to the plan.
        """
        if self._scratch.is_beside or crew.shares_memory:
            self._runs = write_runs(self._lake, self._scratch.folder, self._plan, crew)
        shared = [[unit for unit in run if not self._plan.is_alone(unit)] for run in runs]
        shared = [run for run in shared if run]
        surveys = [s for found in crew.each(self._survey_run, shared) for s in found]
        self._dates = date_context(after for after, _ in surveys)
        past = date_context(before for _, before in surveys if before)
        if any(before for _, before in surveys) and past != self._dates:
            rejudge = partial(self._rejudge_run, old=past)
            self._plan = self._plan.with_places(set().union(*crew.each(rejudge, shared)))

    @traced("assemble units")
    def assemble_run(self, units: Sequence[Unit]) -> list[UnitResult]:
        """Assemble units in ascending order, from wherever an earlier run stopped."""
        reader = self._reader()
        results = []
        for unit in units:
            file = self._folder / f"unit-{unit.index}.json"
            recorded = read_json(file)
            if recorded is None:
                result = self._assemble_unit(unit, reader)
                write_json(file, result.to_json())
            else:
                result = UnitResult.from_json(recorded)
            results.append(result)
        return results

    def _assemble_unit(self, unit: Unit, reader: UnitReader) -> UnitResult:
        """What the unit wrote. No row of it is held when the next one is read."""
        rows = with_content_keys(reader.read(unit), self._entities)
        result = UnitResult(unit.index, {}, {}, {})
        if rows.spans.num_rows:
            dates = self._dates
            if self._plan.is_alone(unit):
                dates = date_context([survey(rows, unit)])
            done = assemble_rows(rows, unit, self._plan, dates, self._entities)
            write_rows(done.elsewhere, self._aside(unit, "elsewhere"))
            write_rows(done.counted, self._aside(unit, "counted"))
            result = self._write(unit, done)
        rows.outranked.forget()
        return result

    def elsewhere(self) -> list[pa.Table]:
        """Of every unit, event_date, trace_id and issues of traces that begin on dates not rewritten."""
        return self._all_aside("elsewhere")

    def counted(self) -> list[pa.Table]:
        """What every unit tells of its share of a trace that is too large to compute."""
        return self._all_aside("counted")

    def _all_aside(self, name: str) -> list[pa.Table]:
        files = [self._aside(unit, name) for unit in self._plan.units]
        return [open_parquet(file).read() for file in files if file.exists()]

    def _aside(self, unit: Unit, name: str) -> Place:
        return self._folder / f"unit-{unit.index}-{name}.parquet"

    def _reader(self) -> UnitReader:
        return UnitReader(self._lake, self._scratch.folder, self._plan, self._folder, self._runs)

    def _light_reader(self) -> UnitReader:
        folder = self._scratch.folder
        return UnitReader(self._lake, folder, self._plan, self._folder, self._runs, SURVEY_COLUMNS)

    def _survey_run(self, units: Sequence[Unit]) -> list[Surveyed]:
        light, whole = self._light_reader(), self._reader()
        return [self._survey_unit(unit, light, whole) for unit in units]

    def _survey_unit(self, unit: Unit, light: UnitReader, whole: UnitReader) -> Surveyed:
        # Which copy stays, and so what the date's clocks say, takes the content of whole spans.
        rows = with_content_keys(light.read(unit), self._entities, partial(whole.read, unit))
        is_whole = self._plan.redone.of_dates(unit.dates).is_whole
        return survey(rows, unit), None if is_whole else survey(before(rows), unit)

    def _rejudge_run(self, units: Sequence[Unit], old: dict[str, pa.Table]) -> set[RangePlace]:
        light = self._light_reader()
        found = (rejudged(light.read(unit), unit, self._plan, old, self._dates) for unit in units)
        return set().union(*found)

    def _write(self, unit: Unit, done: Assembled) -> UnitResult:
        # A retried unit writes new files; its files of all tables share a name.
        name = f"assembled-{self._plan.number:06d}-{unit.index:05d}-{uuid.uuid4().hex[:12]}"
        result = UnitResult(unit.index, {}, {}, {})
        redone = self._plan.redone.of_dates(unit.dates)
        try:
            for table, found in done.tables.items():
                self._write_table(table, found, redone, name, result)
            result.parts["rejects"] = self._rejects(done.rejects, f"{name}.parquet")
        except BaseException:
            discard_parts(self._lake, result.parts)
            raise
        result.rows["rejects"] = sum(part.rows for part in result.parts["rejects"])
        return result

    def _write_table(self, table: str, found: Filed, redone: Redone, name: str, result: UnitResult) -> None:
        """Write the files of a table, a row group at a time, and add them to the result."""
        parts = result.parts.setdefault(table, [])
        result.rows[table] = len(found.files)
        numbers, begins, counts = np.unique(found.files, return_index=True, return_counts=True)
        for number, begin, count in zip(numbers.tolist(), begins.tolist(), counts.tolist(), strict=True):
            day = redone.day_of(number)
            path, partition = f"event_date={day}/{name}-{number % 2**16}.parquet", {"event_date": day}
            with PartWriter(TABLES[table], self._lake / table, path, partition, ASSEMBLED) as writer:
                for at in range(begin, begin + count, ASSEMBLED.row_group):
                    piece = found.piece(at, min(ASSEMBLED.row_group, begin + count - at))
                    writer.write(piece)
                    if table == "spans":
                        add_habits(result.habits.setdefault(path, Habits()), piece)
            parts.append(writer.part())

    def _rejects(self, rejects: Iterable[pa.Table], path: str) -> list[PartFile]:
        """A file of the rejects, with paths of the files that they came from; none when there are none."""
        pieces = iter(rejects)
        first = next(pieces, None)
        if first is None:
            return []
        files = [open_parquet(f).read(["file_key", "path"]) for f in self._ledger]
        known = pa.concat_tables(files, promote_options="default")
        with PartWriter(TABLES["rejects"], self._lake / "rejects", path, {}) as writer:
            for piece in chain((first,), pieces):
                writer.write(_with_paths(piece, known))
        return [writer.part()]


def _with_paths(rejects: pa.Table, known: pa.Table) -> pa.Table:
    """Paths by their key in the ledger."""
    at = pc.index_in(rejects["file_key"], known["file_key"].combine_chunks())
    paths = pc.fill_null(known["path"].combine_chunks().take(at.combine_chunks()), "")
    return rejects.set_column(rejects.column_names.index("path"), "path", paths)


def _workshop_again(
    lake: Place, plan: AssemblyPlan, versions: dict[str, int], dates: dict[str, pa.Table]
) -> Workshop:
    tables = {name: open_table(lake, name, version) for name, version in versions.items()}
    return Workshop(lake, plan, tables, dates)
