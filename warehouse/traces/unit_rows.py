"""All rows of one unit: what arrived, what was assembled before, and the context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.traces.context import LINK_COLUMNS, SPAN_COLUMNS, Context
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.rows import Cursor, in_registry_types
from warehouse.traces.runs import Runs

_READ_LIGHT = ("spans_landing", "spans", "span_links_landing", "span_links")
_READ = (*_READ_LIGHT, "span_events_landing", "span_events", "integrity_violations")
_CONTEXT = {"spans": SPAN_COLUMNS, "span_links": LINK_COLUMNS}
CONFLICT = "conflicting_duplicate"
"""The finding of a copy that lost against other content, and the reason of its reject."""


@dataclass(frozen=True, slots=True)
class UnitRows:
    """Rows of a range of trace ids, landing rows first.

    `spans` holds the columns of landing spans (where a record lay, and its content key, are null on
    assembled ones), `duplicate_count` (0 on landing rows) and `is_assembled`. `events` and `links` hold
    `content_key` and `is_assembled` likewise. `context` is read only. `conflicts` are violations by copies
    that lost in earlier assemblies: nothing else tells of them.
    """

    spans: pa.Table
    events: pa.Table
    links: pa.Table
    context: Context
    conflicts: pa.Table

    def stacked(self, columns: list[str]) -> pa.Table:
        """Columns of the spans, then of those of the context: what the kernel's row numbers count."""
        wanted = [part.select(columns) for part in (self.spans, self.context.spans)]
        schema = pa.schema([f.with_nullable(True) for f in wanted[0].schema])
        return pa.concat_tables([part.cast(schema) for part in wanted])


class UnitReader:
    """Reads units in ascending order; every row group of a sorted file is decoded once.

    `columns` are the span columns wanted, for a survey: of all spans of the dates, those that stay included.
    None: all columns, and events, of what is rewritten; what stays is context then.
    """

    def __init__(
        self,
        lake: Place,
        folder: Path,
        plan: AssemblyPlan,
        context: Context,
        runs: Runs,
        columns: Sequence[str] | None = None,
    ) -> None:
        self._context = context
        spans = columns or TABLES["spans_landing"].column_names
        self._columns = {name: list(TABLES[name].column_names) for name in _READ}
        for name in ("spans_landing", "spans"):
            # Of assembled spans only what a landing span has too: the rest is computed anew.
            wanted = {*spans, "event_date", "duplicate_count"}
            self._columns[name] = [c for c in TABLES[name].column_names if c in wanted]
        held = plan.landing | (plan.rewritten() if columns is None else plan.assembled)
        self._cursors = {
            name: [
                Cursor(lake / name, TABLES[name], file, self._columns[name])
                for file in held[name]
                if file.path not in runs.merged.get(name, ())
            ]
            for name in (_READ if columns is None else _READ_LIGHT)
        }
        self._folder, self._runs = folder, runs.runs
        self._staying: dict[str, list[Cursor]] = {}
        if columns is None and len(plan.dates) > 1:
            self._staying = {
                name: [Cursor(lake / name, TABLES[name], file, wanted) for file in plan.staying()[name]]
                for name, wanted in _CONTEXT.items()
            }

    @property
    def decoded(self) -> int:
        """Span rows decoded so far."""
        return sum(c.decoded for name in ("spans", "spans_landing") for c in self._cursors[name])

    def read(self, unit: Unit) -> UnitRows:
        """The unit's rows."""
        landing = self._rows("spans_landing", unit)
        pa.default_memory_pool().release_unused()  # decoding needs as much again as its result
        landing = landing.append_column(
            "duplicate_count", pa.repeat(pa.scalar(0, pa.int32()), landing.num_rows)
        )
        spans = _both(landing, self._rows("spans", unit))
        return UnitRows(
            spans,
            self._children("span_events", unit),
            self._children("span_links", unit),
            self._context_of(spans, unit),
            self._conflicts(unit),
        )

    def _context_of(self, spans: pa.Table, unit: Unit) -> Context:
        """Rows of other dates, and, of the ranges that stay, those whose traces are among the spans."""
        other = self._context.of_range(unit.low, unit.high)
        if not spans.num_rows or unit.shares or not any(self._staying.values()):
            return other
        traces = pc.unique(spans["trace_id"])
        parts = []
        for (name, wanted), known in zip(_CONTEXT.items(), (other.spans, other.links), strict=True):
            found = [c.rows(unit.low, unit.high) for c in self._staying[name]]
            mine = [rows.filter(pc.is_in(rows["trace_id"], traces)).select(wanted) for rows in found]
            parts.append(pa.concat_tables([known, *mine]))
        return Context(*parts)

    def _children(self, name: str, unit: Unit) -> pa.Table:
        return _both(self._rows(f"{name}_landing", unit), self._rows(name, unit))

    def _conflicts(self, unit: Unit) -> pa.Table:
        violations = self._rows("integrity_violations", unit)
        return violations.filter(pc.equal(violations["finding"], CONFLICT))

    def _rows(self, name: str, unit: Unit) -> pa.Table:
        none = in_registry_types(None, TABLES[name], _date_last(self._columns[name]))
        # What several units share lies in runs alone.
        cursors = () if unit.shares else self._cursors.get(name, ())
        found = [none, *(c.rows(unit.low, unit.high) for c in cursors)]
        for run in self._runs.get(name, ()) if name in self._cursors else ():
            rows = run.rows(self._folder, name, unit, self._columns[name])
            found += [] if rows is None else [rows]
        return pa.concat_tables(found)


def _date_last(columns: Sequence[str]) -> list[str]:
    """As rows of files come: what the file holds, then the date, which its folder tells."""
    return [*(c for c in columns if c != "event_date"), "event_date"]


def _both(landing: pa.Table, assembled: pa.Table) -> pa.Table:
    """Landing rows, then assembled rows, told apart by `is_assembled`; columns that one lacks are null."""
    parts = []
    for rows, is_assembled in ((landing, False), (assembled, True)):
        nullable = rows.cast(pa.schema([f.with_nullable(True) for f in rows.schema]))
        parts.append(
            nullable.append_column("is_assembled", pa.repeat(pa.scalar(is_assembled), rows.num_rows))
        )
    return pa.concat_tables(parts, promote_options="default")
