"""Violations of a unit: what the kernel found, what single spans show, and what earlier assemblies found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import arrow, numbers
from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.integrity.rendering import in_order, render_violations
from warehouse.integrity.types import FINDING_SCHEMA, type_findings
from warehouse.traces.child_findings import findings_of_children
from warehouse.traces.conflicts import is_conflict, told_together
from warehouse.traces.identity import span_identity
from warehouse.traces.unit_rows import UnitRows

_TOLD = ["name", "service_name", "span_id", "parent_span_id", "resource_key"]
"""What sentences tell of spans."""


def known_before(rows: UnitRows) -> tuple[pa.Array, pa.Table]:
    """What is known without the traces: a bit set per row of `rows.spans`, and the findings of spans."""
    known, of_spans = type_findings(rows.spans)
    of_children = findings_of_children(rows)
    if of_children.num_rows:
        met = pc.is_in(arrow(np.arange(rows.spans.num_rows)), pc.unique(of_children["row"]))
        known = pc.bit_wise_or(known, _bit_where(met, "TYPE"))
    return _with_old_conflicts(known, rows), pa.concat_tables([of_spans, of_children])


def _bit_where(met: pa.Array, constraint: str) -> pa.Array:
    return pc.if_else(met, pa.scalar(CONSTRAINTS[constraint].bit, pa.int32()), pa.scalar(0, pa.int32()))


def _with_old_conflicts(known: pa.Array, rows: UnitRows) -> pa.Array:
    """Known issues with IC1 on spans whose other copies lost in earlier assemblies, or were set aside."""
    if not rows.conflicts.num_rows:
        return known
    met = pc.is_in(span_identity(rows.spans), span_identity(rows.conflicts))
    return pc.bit_wise_or(known, _bit_where(met, "IC1"))


def violations_of(rows: UnitRows, of_traces: pa.Table, of_spans: pa.Table, kept: pa.Array) -> pa.Table:
    """Rows of `integrity_violations`.

    `of_traces` are the kernel's findings, `of_spans` those of single spans, where folded copies tell nothing:
    `kept` numbers the spans that stay.
    """
    stays = np.zeros(rows.spans.num_rows, np.bool_)
    stays[numbers(kept)] = True
    parts = (of_traces, of_spans.filter(arrow(stays[numbers(of_spans["row"])])))
    told = render_violations(pa.concat_tables(p.cast(FINDING_SCHEMA) for p in parts), rows.stacked(_TOLD))
    old = _old_conflicts(rows, kept).select(told.column_names).cast(told.schema)
    met = is_conflict(told)
    conflicts = told_together(pa.concat_tables([told.filter(met), old]))
    return in_order(pa.concat_tables([told.filter(pc.invert(met)), conflicts]))


def _old_conflicts(rows: UnitRows, kept: pa.Array) -> pa.Table:
    """Conflicts that `rows` tells of, on the date of the span that stays now."""
    old = rows.conflicts
    if not old.num_rows:
        return old
    spans = rows.spans.select(["trace_id", "span_id", "event_date"]).take(kept)
    winner = pc.index_in(span_identity(old), span_identity(spans))
    # Where it is on a date of another unit, that one tells of it.
    old, winner = old.filter(pc.is_valid(winner)), winner.drop_null()
    dates = spans["event_date"].take(winner)
    return old.set_column(old.column_names.index("event_date"), "event_date", dates)
