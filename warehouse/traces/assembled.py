"""One unit, computed: the rows of every assembled table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse import _native
from warehouse.integrity.types import type_findings
from warehouse.schemas.arrow import arrow_schema, int64_array
from warehouse.schemas.registry import TABLES
from warehouse.traces.arrow_ipc import read_stream
from warehouse.traces.children import surviving_children
from warehouse.traces.entities import Entities
from warehouse.traces.findings import violations_of, with_old_conflicts
from warehouse.traces.kernel import kernel_input, no_issues
from warehouse.traces.losers import rejected_copies
from warehouse.traces.unit_rows import UnitRows

TRACE_LIMIT = 1_000_000
"""Spans of a trace up to which it is computed; a broken propagator can put millions under one id."""


_SPANS = arrow_schema(TABLES["spans"])


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a unit gives: its spans, rows of the other assembled tables, ordered by event date first, and the
    copies that lost for `rejects`."""

    spans: SpanRows
    tables: dict[str, pa.Table]
    rejects: pa.Table
    elsewhere: pa.Table
    """event_date, trace_id and issues of traces that begin on dates which are not rewritten."""


@dataclass(frozen=True, slots=True)
class SpanRows:
    """Assembled spans that are gathered piece by piece: whole they would double the memory of a unit.

    `payload` holds the spans as read, `placed` the kernel's columns in the order of writing.
    """

    payload: pa.Table
    placed: pa.Table
    event_date: pa.Array

    def piece(self, begin: int, count: int) -> pa.Table:
        """Some rows with every column of `spans`."""
        placed = self.placed.slice(begin, count)
        return pa.Table.from_arrays([self._column(f.name, placed) for f in _SPANS], schema=_SPANS)

    def _column(self, name: str, placed: pa.Table) -> pa.ChunkedArray | pa.Array:
        kind = _SPANS.field(name).type
        if name in placed.column_names:
            return placed[name].cast(kind)
        column = self.payload[name]
        # Most promoted attributes are absent from most units.
        is_absent = column.null_count == len(column)
        return pa.nulls(placed.num_rows, kind) if is_absent else column.take(placed["row"]).cast(kind)


def survey(rows: UnitRows) -> dict[str, pa.Table]:
    """What the unit tells about whole dates; see `_native.survey`."""
    given = kernel_input(rows, no_issues(rows))
    return {name: read_stream(s) for name, s in _native.survey(given.spans, given.links).items()}


def assemble_rows(
    rows: UnitRows, dates: tuple[str, ...], context: dict[str, bytes], entities: Entities
) -> Assembled:
    """Compute a unit. `dates` are the rewritten event dates, `context` comes from `date_context`."""
    known, findings = type_findings(rows.spans)
    known = with_old_conflicts(known, rows)
    given = kernel_input(rows, known)
    out = {
        name: read_stream(stream)
        for name, stream in _native.assemble(given.spans, given.links, context, TRACE_LIMIT).items()
    }
    days = pa.array([date.fromisoformat(d) for d in dates], pa.date32())
    placed = out["spans"].filter(pc.less(out["spans"]["row"], rows.spans.num_rows))
    losers = out["losers"]
    winners = rows.spans.take(pc.unique(losers["winner_row"]))
    spans = SpanRows(rows.spans, placed, rows.spans["event_date"].take(placed["row"]).combine_chunks())
    violations = violations_of(rows, out["violations"], findings, placed["row"].combine_chunks())
    traces = _traces(out["traces"], out["spans"], rows)
    here = pc.is_in(traces["event_date"], days)
    return Assembled(
        spans,
        {
            "span_events": surviving_children(TABLES["span_events"], rows.events, winners, days),
            "span_links": surviving_children(TABLES["span_links"], rows.links, winners, days),
            "traces": traces.filter(here),
            "integrity_violations": violations.filter(pc.is_in(violations["event_date"], days)),
        },
        rejected_copies(rows, losers.filter(losers["is_conflict"]), entities),
        traces.filter(pc.invert(here)).select(["event_date", "trace_id", "issues"]),
    )


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
