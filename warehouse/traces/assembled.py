"""One unit, computed: the rows of every assembled table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse import _native
from warehouse.integrity.rendering import render_violations
from warehouse.integrity.types import FINDING_SCHEMA, type_findings
from warehouse.schemas.arrow import arrow_schema, int64_array
from warehouse.schemas.registry import TABLES
from warehouse.traces.arrow_ipc import read_stream
from warehouse.traces.children import surviving_children
from warehouse.traces.entities import Entities
from warehouse.traces.kernel import colliding_rows, kernel_input, with_content_keys
from warehouse.traces.losers import rejected_copies
from warehouse.traces.unit_rows import UnitRows

TRACE_LIMIT = 1_000_000
"""Spans of a trace up to which it is computed; a broken propagator can put millions under one id."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a unit gives: its spans, rows of the other assembled tables, ordered by event date first, and the
    copies that lost for `rejects`."""

    spans: SpanRows
    tables: dict[str, pa.Table]
    rejects: pa.Table


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
        schema = arrow_schema(TABLES["spans"])
        wanted = [name for name in schema.names if name not in placed.column_names]
        rows = self.payload.select(wanted).take(placed["row"])
        columns = [(rows if name in wanted else placed)[name] for name in schema.names]
        return pa.Table.from_arrays(columns, schema.names).cast(schema)


def assemble_rows(
    rows: UnitRows, dates: tuple[str, ...], context: dict[str, bytes], entities: Entities
) -> Assembled:
    """Compute a unit. `dates` are the rewritten event dates, `context` comes from `date_context`."""
    known, findings = type_findings(rows.spans)
    given = kernel_input(rows, known)
    colliding = colliding_rows(given)
    if len(colliding):
        rows = with_content_keys(rows, colliding, entities)
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
    found = pa.concat_tables([out["violations"].cast(FINDING_SCHEMA), _of_kept(findings, placed)])
    violations = render_violations(found, _with_context(rows))
    return Assembled(
        spans,
        {
            "span_events": surviving_children(TABLES["span_events"], rows.events, winners, days),
            "span_links": surviving_children(TABLES["span_links"], rows.links, winners, days),
            "traces": _traces(out["traces"], out["spans"], rows, days),
            "integrity_violations": _sorted_by_date(
                violations.filter(pc.is_in(violations["event_date"], days))
            ),
        },
        rejected_copies(rows, losers.filter(losers["is_conflict"]), entities),
    )


def _of_kept(findings: pa.Table, placed: pa.Table) -> pa.Table:
    """Findings of spans that were not folded into another copy."""
    return findings.filter(pc.is_in(findings["row"], placed["row"].combine_chunks()))


def _with_context(rows: UnitRows) -> pa.Table:
    """What texts and roots need of spans by row number: those of the unit, then those of its context."""
    columns = ["trace_id", "span_id", "name", "kind", "service_name", "resource_key", "event_date"]
    wanted = [part.select(columns) for part in (rows.spans, rows.context.spans)]
    schema = pa.schema([f.with_nullable(True) for f in wanted[0].schema])
    return pa.concat_tables([part.cast(schema) for part in wanted])


def _traces(traces: pa.Table, placed: pa.Table, rows: UnitRows, days: pa.Array) -> pa.Table:
    roots = _with_context(rows).take(traces["root_row"])
    columns = {
        "root_span_id": roots["span_id"],
        "root_service_name": roots["service_name"],
        "root_operation_name": roots["name"],
    } | {name: traces[name] for name in traces.column_names}
    if rows.context.spans.num_rows:
        columns["issues"] = _issues_with_context(traces, placed, rows)
    schema = arrow_schema(TABLES["traces"])
    whole = pa.Table.from_arrays([columns[name] for name in schema.names], schema.names).cast(schema)
    return whole.filter(pc.is_in(whole["event_date"], days))


def _issues_with_context(traces: pa.Table, placed: pa.Table, rows: UnitRows) -> pa.Array:
    """Issues of traces, the union over their spans; those of the context keep what their date found."""
    row = placed["row"].to_numpy()
    own = rows.spans.num_rows
    issues = placed["issues"].to_numpy().copy()
    stored = np.concatenate((np.zeros(own, issues.dtype), rows.context.spans["issues"].to_numpy()))
    issues[row >= own] = stored[row[row >= own]]
    ids = _with_context(rows)["trace_id"].take(int64_array(row)).combine_chunks()
    trace = pc.index_in(ids, traces["trace_id"].combine_chunks())
    union = np.zeros(traces.num_rows, issues.dtype)
    known = trace.is_valid().to_numpy(zero_copy_only=False)
    np.bitwise_or.at(union, pc.fill_null(trace, 0).to_numpy()[known], issues[known])
    return pa.array(union, pa.int32())


def _sorted_by_date(violations: pa.Table) -> pa.Table:
    order = [(name, "ascending") for name in ("event_date", "constraint_id", "trace_id", "span_id", "detail")]
    return violations.sort_by(order)
