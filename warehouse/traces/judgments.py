"""What breaks constraints on a whole date: metric points, resources, and the habits of instrumentations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
from deltalake import DeltaTable

from warehouse import _native
from warehouse.integrity.child_instrumentation import CHILDREN, child_convention_violations
from warehouse.integrity.habits import Habits
from warehouse.integrity.instrumentation import convention_violations
from warehouse.integrity.points import POINT_TABLES, point_violations
from warehouse.integrity.rendering import in_order
from warehouse.integrity.resources import TELEMETRY_TABLES, resource_violations
from warehouse.lake.assembly_commit import DATE_JUDGMENT, TableChange
from warehouse.lake.tables import data_paths
from warehouse.schemas.parquet import PartFile, write_part
from warehouse.schemas.registry import TABLES
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place
from warehouse.telemetry import traced
from warehouse.traces.crew import Crew
from warehouse.traces.files import TraceFile, by_date, trace_files

VIOLATIONS = "integrity_violations"
_MEMORY = "1GB"
_ENTITIES = ("resources", "scopes", "metric_streams")
Paths = dict[str, list[str]]
"""File paths below the lake, by table."""


def is_judgment(file: TraceFile) -> bool:
    """Whether a file of violations judges a whole date, rather than traces."""
    return file.name.startswith(DATE_JUDGMENT)


class DateJudge:
    """Judges dates as they are once an assembly is committed.

    `tables` is a snapshot, `changes` what the assembly changes of it, `habits` what units told of files of
    spans that they wrote; all others are read. The name of a judgment's file carries a fingerprint of the
    files that were judged: a date whose files are the same is not judged again.
    """

    def __init__(
        self,
        lake: Place,
        tables: Mapping[str, DeltaTable],
        changes: Mapping[str, TableChange],
        habits: Mapping[str, Habits],
    ) -> None:
        self._lake, self._changes = lake, changes
        self._habits = {str(lake / "spans" / path): found for path, found in habits.items()}
        self._held = {name: self._after(name, tables[name], changes.get(name)) for name in TELEMETRY_TABLES}
        self._old = by_date(f for f in trace_files(lake / VIOLATIONS, tables[VIOLATIONS]) if is_judgment(f))
        self._children = {name: self._after(name, tables[name], changes.get(name)) for name in CHILDREN}
        self._entities = {name: data_paths(lake, name, tables[name]) for name in _ENTITIES}

    def _after(self, name: str, table: DeltaTable, change: TableChange | None) -> dict[str, list[str]]:
        """Paths of the table's files by date."""
        gone = {f.path for f in change.removed} if change else set()
        found: dict[str, list[str]] = {}
        for file in trace_files(self._lake / name, table):
            if file.path not in gone:
                found.setdefault(file.event_date, []).append(file.path)
        for part in change.added if change else ():
            found.setdefault(part.partition["event_date"], []).append(part.path)
        return {
            day: [str(self._lake / name / path) for path in sorted(paths)] for day, paths in found.items()
        }

    def due(self) -> list[str]:
        """Dates that hold telemetry and were not judged as they are, ascending."""
        days = sorted({day for held in self._held.values() for day in held})
        return [day for day in days if self._name(day) not in {f.name for f in self._old.get(day, ())}]

    @traced("judge dates")
    def judge(self, days: Sequence[str], crew: Crew) -> TableChange:
        """Files of violations of the dates, and the files that they replace."""
        already = (
            {f.path for f in self._changes[VIOLATIONS].removed} if VIOLATIONS in self._changes else set()
        )
        old: list[TraceFile] = [f for day in days for f in self._old.get(day, ()) if f.path not in already]
        return TableChange(tuple(crew.each_date(self._judged, days)), tuple(f.data_file() for f in old))

    @traced("judge date")
    def _judged(self, day: str) -> PartFile:
        at = date.fromisoformat(day)
        files, before = self._of(day), self._of((at - timedelta(days=1)).isoformat())
        streams, resources = self._entities["metric_streams"], self._entities["resources"]
        with connect(self._lake) as con:
            con.execute(f"set memory_limit = '{_MEMORY}'")
            found = [
                point_violations(con, at, files, before, streams),
                resource_violations(con, at, files, resources, streams),
                convention_violations(
                    at, files.get("spans", ()), self._entities["scopes"], resources, self._habits
                ),
                child_convention_violations(
                    con, at, files | self._of(day, self._children), self._entities["scopes"], resources
                ),
            ]

        rows = in_order(pa.concat_tables(found))
        folder, below = self._lake / VIOLATIONS, f"event_date={day}"
        # Two attempts of one Spark task may write it at a time.
        draft = f"{below}/draft-{uuid.uuid4().hex}.parquet"
        part = write_part(TABLES[VIOLATIONS], folder, draft, {"event_date": day}, [rows])
        path = f"{below}/{self._name(day)}"
        (folder / draft).replace(folder / path)
        return replace(part, path=path)

    def _of(self, day: str, tables: Mapping[str, Paths] | None = None) -> Paths:
        """Files of a date, of all tables that tell whether it was judged unless others are asked for."""
        return {name: held[day] for name, held in (tables or self._held).items() if day in held}

    def _name(self, day: str) -> str:
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        points = {name: files for name, files in self._of(before).items() if name in POINT_TABLES}
        seen = repr((sorted(self._of(day).items()), sorted(points.items()))).replace(str(self._lake), "")
        return f"{DATE_JUDGMENT}{_native.xxh3_64(seen.encode()) & (2**64 - 1):016x}.parquet"
