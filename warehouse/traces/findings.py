"""Violations of a unit: what the kernel found, what single spans show, and what earlier assemblies found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.integrity.peers import peer_columns
from warehouse.integrity.rendering import in_order, render_violations
from warehouse.integrity.types import FINDING_SCHEMA
from warehouse.schemas.arrow import int64_array
from warehouse.traces.identity import span_identity
from warehouse.traces.unit_rows import CONFLICT, UnitRows


def with_old_conflicts(known: pa.Array, rows: UnitRows) -> pa.Array:
    """Known issues with IC1 on spans whose other copies lost in earlier assemblies."""
    if not rows.conflicts.num_rows:
        return known
    met = pc.is_in(span_identity(rows.spans), span_identity(rows.conflicts))
    bit = pc.if_else(met, pa.scalar(CONSTRAINTS["IC1"].bit, pa.int32()), pa.scalar(0, pa.int32()))
    return pc.bit_wise_or(known, bit)


def violations_of(rows: UnitRows, of_traces: pa.Table, of_spans: pa.Table, kept: pa.Array) -> pa.Table:
    """Rows of `integrity_violations`.

    `of_traces` are the kernel's findings, `of_spans` those of single spans, where folded copies tell nothing:
    `kept` numbers the spans that stay.
    """
    found = pa.concat_tables(
        [_per_copy(of_traces, rows), of_spans.filter(pc.is_in(of_spans["row"], kept)).cast(FINDING_SCHEMA)]
    )
    told = render_violations(found, _told_of(rows))
    old = rows.conflicts.select(told.column_names).cast(told.schema)
    return in_order(pa.concat_tables([told, old]))


def _per_copy(found: pa.Table, rows: UnitRows) -> pa.Table:
    """The kernel's findings; a losing span that had been assembled stands for all copies folded into it."""
    copies = pc.fill_null(rows.spans["duplicate_count"].take(found["row"]), 0).to_numpy()
    is_conflict = pc.equal(found["finding"], CONFLICT).to_numpy()
    times = np.where(is_conflict, copies + 1, 1)
    return found.cast(FINDING_SCHEMA).take(int64_array(np.repeat(np.arange(len(times)), times)))


def _told_of(rows: UnitRows) -> pa.Table:
    """What sentences tell of spans, by row number."""
    told = rows.stacked(["name", "service_name", "span_id", "parent_span_id", "resource_key"])
    peers = peer_columns(rows.spans)
    missing = pa.nulls(rows.context.spans.num_rows, pa.string())
    for name in peers.column_names:
        told = told.append_column(name, pa.chunked_array([*peers[name].chunks, missing], pa.string()))
    return told
