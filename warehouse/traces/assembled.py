"""One unit, computed: the rows of every assembled table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse import _native
from warehouse.schemas.arrow import arrow_schema, int64_array, text_array
from warehouse.schemas.dictionaries import keeping_dictionaries
from warehouse.schemas.registry import TABLES
from warehouse.traces.arrow_ipc import read_stream
from warehouse.traces.children import surviving_children
from warehouse.traces.entities import Entities
from warehouse.traces.findings import known_before, violations_of
from warehouse.traces.kernel import kernel_input, no_issues
from warehouse.traces.losers import rejected_copies
from warehouse.traces.oversized import COUNTED, TOO_LARGE, counted_share
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.redone import Redone
from warehouse.traces.unit_rows import UnitRows

_SPANS = arrow_schema(TABLES["spans"])


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a unit gives: rows of the assembled tables, and the copies that lost for `rejects`."""

    tables: dict[str, Filed]
    rejects: Iterable[pa.Table]
    elsewhere: pa.Table
    """event_date, trace_id and issues of traces whose row is not rewritten."""
    counted: pa.Table
    """Of a share of a trace that is too large to compute: what it tells, instead of a row of `traces`."""


class Filed(Protocol):
    """Rows in the order of writing."""

    @property
    def files(self) -> npt.NDArray[np.int64]:
        """Ascending, the file of each row; see `Redone.files_of`."""

    def piece(self, begin: int, count: int) -> pa.Table:
        """Some rows."""


@dataclass(frozen=True, slots=True)
class FiledRows:
    """Rows of a table."""

    rows: pa.Table
    files: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rows: pa.Table, redone: Redone) -> FiledRows:
        """What is rewritten of the rows, in their order within each file."""
        kept, files = in_file_order(rows, redone.files_of(rows))
        return cls(kept, files)

    def piece(self, begin: int, count: int) -> pa.Table:
        return self.rows.slice(begin, count)


def in_file_order(rows: pa.Table, files: npt.NDArray[np.int64]) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """The rows that have a file, file by file, with their files."""
    if (files < 0).any():
        rows, files = rows.filter(pa.array(files >= 0)), files[files >= 0]
    if (files[1:] < files[:-1]).any():
        order = np.argsort(files, kind="stable")
        rows, files = rows.take(int64_array(order)), files[order]
    return rows, files


@dataclass(frozen=True, slots=True)
class FiledSpans:
    """Assembled spans that are gathered piece by piece: whole they would double the memory of a unit.

    `payload` holds the spans as read, `placed` the kernel's columns in the order of writing.
    """

    payload: pa.Table
    placed: pa.Table
    files: npt.NDArray[np.int64]

    @classmethod
    def of(cls, payload: pa.Table, placed: pa.Table, redone: Redone) -> FiledSpans:
        place = redone.files_of(payload.select(["event_date", "trace_id"]))
        return cls(payload, *in_file_order(placed, place[placed["row"].to_numpy()]))

    def piece(self, begin: int, count: int) -> pa.Table:
        """Some rows with every column of `spans`."""
        placed = self.placed.slice(begin, count)
        schema = keeping_dictionaries(_SPANS, self.payload.schema)
        return pa.Table.from_arrays([self._column(f, placed) for f in schema], schema=schema)

    def _column(self, field: pa.Field, placed: pa.Table) -> pa.ChunkedArray | pa.Array:
        name, kind = field.name, field.type
        if name in placed.column_names:
            return placed[name].cast(kind)
        column = self.payload[name]
        # Most promoted attributes are absent from most units.
        is_absent = column.null_count == len(column)
        if is_absent:
            return pa.nulls(placed.num_rows, kind)
        # `of` has looked up the file of every row: all are within bounds.
        return pc.take(column, placed["row"], boundscheck=False).cast(kind)


def survey(rows: UnitRows, unit: Unit) -> dict[str, pa.Table]:
    """What the unit tells about its dates; see `_native.survey`. Shares of a trace tell of no clock."""
    given = kernel_input(rows, no_issues(rows))
    found = {name: read_stream(s) for name, s in _native.survey(given.spans, given.links).items()}
    if unit.shares:
        found["skews"] = found["skews"].slice(0, 0)
    own = text_array(unit.dates).cast(pa.date32())
    return {name: facts.filter(pc.is_in(facts["event_date"], own)) for name, facts in found.items()}


def assemble_rows(
    rows: UnitRows, unit: Unit, plan: AssemblyPlan, context: dict[str, pa.Table], entities: Entities
) -> Assembled:
    """Compute a unit of the plan. `context` comes from `date_context`; a share of a trace is only counted."""
    is_share = unit.shares > 0
    redone, limit = plan.redone.of_dates(unit.dates), 0 if is_share else plan.trace_limit
    known, findings = known_before(rows)
    given = kernel_input(rows, known)
    out = {
        name: read_stream(stream)
        for name, stream in _native.assemble(given.spans, given.links, context, limit).items()
    }
    if is_share:
        found = out["violations"]
        out["violations"] = found.filter(pc.not_equal(found["finding"], TOO_LARGE))
    placed, losers = (_of_unit(out[name], rows) for name in ("spans", "losers"))
    winners = _winners(rows, out["losers"])
    spans = FiledSpans.of(rows.spans, placed, redone)
    violations = violations_of(rows, out["violations"], findings, placed["row"].combine_chunks())
    traces = _traces(out["traces"], out["spans"], rows)
    counted = COUNTED.empty_table()
    if is_share:
        starts = rows.spans["start_time_unix_nano"].take(out["traces"]["root_row"])
        counted, traces = counted_share(traces, starts, rows.spans["service_name"]), traces.slice(0, 0)
    found = {
        "span_events": surviving_children(TABLES["span_events"], rows.events, winners),
        "span_links": surviving_children(TABLES["span_links"], rows.links, winners),
        "traces": traces,
        "integrity_violations": violations,
    }
    tables: dict[str, Filed] = {"spans": spans}
    return Assembled(
        tables | {name: FiledRows.of(table, redone) for name, table in found.items()},
        rejected_copies(rows, _conflicting(rows, losers), entities),
        traces.filter(pa.array(redone.files_of(traces) < 0)).select(["event_date", "trace_id", "issues"]),
        counted,
    )


def _of_unit(told: pa.Table, rows: UnitRows) -> pa.Table:
    """What the kernel tells of the unit's own rows."""
    if not rows.context.spans.num_rows:
        return told
    return told.filter(pc.less(told["row"], rows.spans.num_rows))


def _conflicting(rows: UnitRows, losers: pa.Table) -> pa.Table:
    """The spans that lost against other content."""
    lost = losers["row"].filter(losers["is_conflict"])
    # Taking nothing out of many columns takes as long as taking one row.
    return rows.spans.take(lost) if len(lost) else rows.spans.slice(0, 0)


def _winners(rows: UnitRows, losers: pa.Table) -> pa.Table:
    """Spans that met a copy. One of another date has none of the unit's children: its key is null."""
    row = pc.unique(losers["winner_row"])
    columns = ["trace_id", "span_id", "content_key", "is_assembled"]
    if not len(row):
        return rows.spans.select(columns).slice(0, 0)
    found = rows.stacked(columns).take(row)
    is_own = pc.less(row, rows.spans.num_rows)
    key = pc.if_else(is_own, found["content_key"], pa.scalar(None, pa.int64()))
    found = found.set_column(2, "content_key", key)
    return found.set_column(3, "is_assembled", pc.and_(is_own, found["is_assembled"]))


def _traces(traces: pa.Table, placed: pa.Table, rows: UnitRows) -> pa.Table:
    roots = rows.stacked(["span_id", "name", "service_name"]).take(traces["root_row"])
    columns = {
        "root_span_id": roots["span_id"],
        "root_service_name": roots["service_name"],
        "root_operation_name": roots["name"],
    } | {name: traces[name] for name in traces.column_names}
    if rows.context.spans.num_rows:
        columns["issues"] = _issues_with_context(traces, placed, rows)
    schema = arrow_schema(TABLES["traces"])
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema.names).cast(schema)


def _issues_with_context(traces: pa.Table, placed: pa.Table, rows: UnitRows) -> pa.Array:
    """Issues of traces, the union over their spans; those of the context keep what their date found."""
    row = placed["row"].to_numpy()
    own = rows.spans.num_rows
    issues = placed["issues"].to_numpy().copy()
    stored = np.concatenate((np.zeros(own, issues.dtype), rows.context.spans["issues"].to_numpy()))
    issues[row >= own] = stored[row[row >= own]]
    ids = rows.stacked(["trace_id"])["trace_id"].take(int64_array(row)).combine_chunks()
    trace = pc.index_in(ids, traces["trace_id"].combine_chunks())
    union = np.zeros(traces.num_rows, issues.dtype)
    known = trace.is_valid().to_numpy(zero_copy_only=False)
    np.bitwise_or.at(union, pc.fill_null(trace, 0).to_numpy()[known], issues[known])
    return pa.array(union, pa.int32())
