"""All rows of one unit: what arrived, what was assembled before, and the context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.dictionaries import united
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.traces.conflicts import is_conflict
from warehouse.traces.context import CONTEXT_SCHEMAS, Context, load_context
from warehouse.traces.copies import folded
from warehouse.traces.outranked import Outranked, Sift
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.rows import Cursors, in_registry_types
from warehouse.traces.runs import RunReader, Runs

_READ_LIGHT = ("spans_landing", "spans", "span_links_landing", "span_links")
_READ = (*_READ_LIGHT, "span_events_landing", "span_events", "integrity_violations")


@dataclass(frozen=True, slots=True)
class UnitRows:
    """Rows of a range of trace ids, landing rows first.

    `spans` holds the columns of landing spans (where a record lay, and its content key, are null on
    assembled ones), `duplicate_count` (0 on landing rows) and `is_assembled`. `events` and `links` hold
    `content_key` and `is_assembled` likewise. `context` is read only. `conflicts` are violations by copies
    that lost in earlier assemblies, on any date, and by those of `outranked`: nothing else tells of them.
    """

    spans: pa.Table
    events: pa.Table
    links: pa.Table
    context: Context
    conflicts: pa.Table
    outranked: Outranked

    def stacked(self, columns: list[str]) -> pa.Table:
        """Columns of the spans, then of those of the context: what the kernel's row numbers count."""
        return united(part.select(columns) for part in (self.spans, self.context.spans))


class UnitReader:
    """Reads units in ascending order; every row group of a sorted file is decoded once.

    `columns` are the span columns wanted, for a survey: of all spans of the dates, those that stay included.
    None: all columns, and events, of what is rewritten; what stays is context then. `folder` holds `runs`,
    the folder `context` what `save_context` wrote.
    """

    def __init__(
        self,
        lake: Place,
        folder: Path,
        plan: AssemblyPlan,
        context: Place,
        runs: Runs,
        columns: Sequence[str] | None = None,
    ) -> None:
        self._plan, self._context_folder, self._is_light = plan, context, columns is not None
        self._context: tuple[tuple[str, ...], Context] | None = None
        spans = columns or TABLES["spans_landing"].column_names
        self._columns = {name: list(TABLES[name].column_names) for name in _READ}
        for name in ("spans_landing", "spans"):
            # Of assembled spans only what a landing span has too: the rest is computed anew.
            wanted = {*spans, "event_date", "duplicate_count"}
            self._columns[name] = [c for c in TABLES[name].column_names if c in wanted]
        held = plan.landing | (plan.rewritten() if columns is None else plan.assembled)
        self._cursors = {
            name: Cursors(
                lake / name,
                TABLES[name],
                [file for file in held[name] if file.path not in runs.merged.get(name, ())],
                self._columns[name],
            )
            for name in (_READ if columns is None else _READ_LIGHT)
        }
        self._folder, self._runs = folder, RunReader(folder, runs, self._columns)
        stays = plan.staying() if columns is None else {}
        self._staying = {
            name: Cursors(lake / name, TABLES[name], stays.get(name, ()), _of_lake(schema))
            for name, schema in CONTEXT_SCHEMAS.items()
            if name != "integrity_violations"
        }

    @property
    def decoded(self) -> int:
        """Span rows decoded so far."""
        return sum(self._cursors[name].decoded for name in ("spans", "spans_landing"))

    def read(self, unit: Unit) -> UnitRows:
        """The unit's rows."""
        folder = None if self._is_light else self._folder / f"outranked-{unit.index}"
        outranked = Outranked(folder)
        landing = self._rows("spans_landing", unit, outranked.spans)
        spans = _both(landing, self._rows("spans", unit))
        context = self._context_of(spans, unit)
        # Children of a copy that is folded have no other mark.
        has_copies = bool(pc.any(pc.greater(landing["duplicate_count"], 0)).as_py())
        events, links = (
            self._children(name, unit, outranked.of_children(name, landing), has_copies=has_copies)
            for name in ("span_events", "span_links")
        )
        conflicts = [self._conflicts(unit), context.conflicts, outranked.violations]
        return UnitRows(
            spans, events, links, context, pa.concat_tables(conflicts, promote_options="default"), outranked
        )

    def _context_of(self, spans: pa.Table, unit: Unit) -> Context:
        """Of the unit's traces, rows of other dates, and of ranges of its own dates that stay."""
        if self._context is None or self._context[0] != unit.dates:
            self._context = unit.dates, load_context(self._context_folder, unit.dates)
        other = self._context[1].of_range(unit.low, unit.high)
        parts = {"spans": [other.spans], "span_links": [other.links]}
        if len(unit.dates) > 1 and not unit.shares:
            for name, cursors in self._staying.items():
                parts[name].append(_as_context(united(cursors.rows(unit)), name))
        if not any(part.num_rows for found in parts.values() for part in found):
            return other
        traces = pc.unique(spans["trace_id"])
        mine = [_of_traces(pa.concat_tables(found), traces) for found in parts.values()]
        return Context(self._with_lasting_issues(mine[0]), mine[1], _of_traces(other.conflicts, traces))

    def _with_lasting_issues(self, spans: pa.Table) -> pa.Table:
        """Context without the issues of spans that another unit judges anew, and tells of itself."""
        stays = pa.array(self._plan.redone.files_of(spans) < 0)
        issues = pc.if_else(stays, spans["issues"], pa.scalar(0, pa.int32()))
        return spans.set_column(spans.column_names.index("issues"), spans.schema.field("issues"), issues)

    def _children(self, name: str, unit: Unit, sift: Sift, *, has_copies: bool) -> pa.Table:
        landing = f"{name}_landing"
        landed = folded(landing, self._rows(landing, unit, sift), thoroughly=has_copies)
        return _both(landed, self._rows(name, unit))

    def _conflicts(self, unit: Unit) -> pa.Table:
        violations = self._rows("integrity_violations", unit)
        return violations.filter(is_conflict(violations))

    def _rows(self, name: str, unit: Unit, sift: Sift | None = None) -> pa.Table:
        if name not in self._cursors:
            return folded(name, in_registry_types(None, TABLES[name], self._columns[name]))
        # What several units share lies in runs alone.
        of_files = [self._cursors[name].none] if unit.shares else self._cursors[name].rows(unit)
        pieces = chain(of_files, self._runs.rows(name, unit))
        if sift is None:
            return folded(name, united(pieces))
        return sift(folded(name, united(map(sift, pieces))))


def _of_lake(context: pa.Schema) -> list[str]:
    return [name for name in context.names if name not in ("content_key", "is_assembled")]


def _as_context(assembled: pa.Table, name: str) -> pa.Table:
    more = {"content_key": pa.scalar(None, pa.int64()), "is_assembled": pa.scalar(True)}
    for column, value in more.items():
        assembled = assembled.append_column(column, pa.repeat(value, assembled.num_rows))
    schema = CONTEXT_SCHEMAS[name]
    return assembled.select(schema.names).cast(schema)


def _of_traces(rows: pa.Table, traces: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows["trace_id"], traces))


def _both(landing: pa.Table, assembled: pa.Table) -> pa.Table:
    """Landing rows, then assembled rows, told apart by `is_assembled`; columns that one lacks are null."""
    parts = []
    for rows, is_assembled in ((landing, False), (assembled, True)):
        nullable = rows.cast(pa.schema([f.with_nullable(True) for f in rows.schema]))
        parts.append(
            nullable.append_column("is_assembled", pa.repeat(pa.scalar(is_assembled), rows.num_rows))
        )
    return united(parts)
