"""The units of a plan: surveyed, assembled, and written as files."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from warehouse.integrity.peers import peer_source_columns
from warehouse.lake.assembly_commit import assembly_folder
from warehouse.lake.json_files import read_json, write_json
from warehouse.lake.tables import data_paths
from warehouse.schemas.parquet import PartFile, PartWriter
from warehouse.schemas.registry import TABLES
from warehouse.traces.assembled import Assembled, assemble_rows, survey
from warehouse.traces.context import load_context
from warehouse.traces.dates import date_context
from warehouse.traces.entities import Entities
from warehouse.traces.kernel import SURVEY_COLUMNS, colliding_rows, with_content_keys
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.unit_rows import UnitReader, UnitRows

ROW_GROUP = 122_880
ZSTD_LEVEL = 3


@dataclass(frozen=True, slots=True)
class UnitResult:
    """Files that a unit wrote, and rows, by table."""

    unit: int
    parts: dict[str, list[PartFile]]
    rows: dict[str, int]

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> UnitResult:
        parts = {name: [PartFile(**p) for p in found] for name, found in value["parts"].items()}
        return cls(value["unit"], parts, value["rows"])


class Workshop:
    """Carries out the units of one plan, in any number of threads. Finished units are remembered on disk."""

    def __init__(self, lake: Path, plan: AssemblyPlan, tables: dict[str, DeltaTable]) -> None:
        self._lake, self._plan = lake, plan
        self._folder = assembly_folder(lake, plan.number)
        self._context = load_context(self._folder)
        self._entities = Entities(lake, tables)
        self._ledger = data_paths(lake, "ingest_files", tables["ingest_files"])
        self._dates: dict[str, bytes] = {}
        self._only: UnitRows | None = None

    def survey(self, pool: ThreadPoolExecutor, runs: Sequence[Sequence[Unit]]) -> None:
        """Learn from all units what constraints need to know of whole dates."""
        if not self._plan.units:
            return
        if len(self._plan.units) == 1:
            # A single unit is read once and kept.
            self._only = with_content_keys(self._reader().read(self._plan.units[0]), self._entities)
            self._dates = date_context([survey(self._only)])
        else:
            found = pool.map(self._survey_run, runs)
            self._dates = date_context(s for surveys in found for s in surveys)

    def assemble_run(self, units: Sequence[Unit]) -> list[UnitResult]:
        """Assemble units in ascending order, from wherever an earlier run stopped."""
        reader = self._reader()
        results = []
        for unit in units:
            file = self._folder / f"unit-{unit.index}.json"
            recorded = read_json(file)
            if recorded is not None:
                results.append(UnitResult.from_json(recorded))
                continue
            rows = self._only or with_content_keys(reader.read(unit), self._entities)
            done = assemble_rows(rows, self._plan.dates, self._dates, self._entities)
            result = self._write(unit, done)
            pq.write_table(done.elsewhere, self._elsewhere(unit))
            write_json(file, asdict(result))
            results.append(result)
        return results

    def elsewhere(self) -> list[pa.Table]:
        """Of every unit, event_date, trace_id and issues of traces that begin on dates not rewritten."""
        return [pq.ParquetFile(self._elsewhere(unit)).read() for unit in self._plan.units]

    def _elsewhere(self, unit: Unit) -> Path:
        return self._folder / f"unit-{unit.index}-elsewhere.parquet"

    def _reader(self, columns: Sequence[str] | None = None) -> UnitReader:
        return UnitReader(self._lake, self._plan, self._context, columns)

    def _survey_run(self, units: Sequence[Unit]) -> list[dict[str, pa.Table]]:
        light, whole = self._reader([*SURVEY_COLUMNS, *peer_source_columns()]), self._reader()
        found = []
        for unit in units:
            rows = light.read(unit)
            if len(colliding_rows(rows)):
                # Which copy stays, and so what the date's clocks say, takes the content of whole spans.
                rows = with_content_keys(whole.read(unit), self._entities)
            found.append(survey(rows))
        return found

    def _write(self, unit: Unit, done: Assembled) -> UnitResult:
        # A retried unit writes new files; its files of all tables share a name.
        name = f"assembled-{self._plan.number:06d}-{unit.index:05d}-{uuid.uuid4().hex[:12]}.parquet"
        spans, tables = done.spans, done.tables
        parts = {"spans": self._parts("spans", spans.event_date, name, spans.piece)}
        rows = {"spans": len(spans.event_date)}
        for table, found in tables.items():
            days = found["event_date"].combine_chunks()
            parts[table] = self._parts(table, days, name, found.slice)
            rows[table] = found.num_rows
        if done.rejects.num_rows:
            with PartWriter(TABLES["rejects"], self._lake / "rejects", name, {}) as writer:
                writer.write(self._with_paths(done.rejects))
            parts["rejects"] = [writer.part()]
        return UnitResult(unit.index, parts, rows | {"rejects": done.rejects.num_rows})

    def _parts(
        self, table: str, days: pa.Array, name: str, piece: Callable[[int, int], pa.Table]
    ) -> list[PartFile]:
        """One file per date, a row group at a time. `days` are the rows' dates, ascending."""
        parts = []
        for counted in pc.value_counts(days):
            day, count = str(counted["values"]), counted["counts"].as_py()
            begin = pc.index(days, counted["values"]).as_py()
            with PartWriter(
                TABLES[table],
                self._lake / table,
                f"event_date={day}/{name}",
                {"event_date": day},
                zstd_level=ZSTD_LEVEL,
                row_group=ROW_GROUP,
            ) as writer:
                for at in range(begin, begin + count, ROW_GROUP):
                    writer.write(piece(at, min(ROW_GROUP, begin + count - at)))
            parts.append(writer.part())
        return parts

    def _with_paths(self, rejects: pa.Table) -> pa.Table:
        """Paths of the files that the copies came from, by their key in the ledger."""
        known = pa.concat_tables(pq.ParquetFile(f).read(["file_key", "path"]) for f in self._ledger)
        at = pc.index_in(rejects["file_key"], known["file_key"].combine_chunks())
        paths = pc.fill_null(known["path"].combine_chunks().take(at.combine_chunks()), "")
        return rejects.set_column(rejects.column_names.index("path"), "path", paths)
