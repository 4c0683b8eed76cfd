"""Violations by copies of a span that lost against other content: some are told, the rest is counted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow, numbers
from warehouse.integrity.rendering import render_violations
from warehouse.traces.identity import span_identity

CONFLICT = "conflicting_duplicate"
"""The finding of a copy that lost against other content, and the reason of its reject."""
MORE = "more_conflicting_duplicates"
CONFLICTS = (CONFLICT, MORE)
MOST_TOLD = 100
"""Conflicts of one span that are told one by one."""


def is_conflict(violations: pa.Table) -> pa.ChunkedArray:
    """Which rows of `integrity_violations` copies caused."""
    return pc.is_in(violations["finding"], pa.array(CONFLICTS))


def told_together(conflicts: pa.Table) -> pa.Table:
    """The same conflicts, the first `MOST_TOLD` of a span each a row, all others one row that counts them.

    Rows of `integrity_violations` by spans whose copies lost, each span on one date. Which are told depends
    on the rows alone: told together, parts that were told before give what the whole gives.
    """
    if not conflicts.num_rows:
        return conflicts
    place = ["trace_id", "span_id", "finding", "resource_key", "detail"]
    # CONFLICT before MORE.
    conflicts = conflicts.sort_by([(name, "ascending") for name in place])
    counted = _counts(conflicts)
    span = span_identity(conflicts).dictionary_encode().indices.to_numpy()
    begins = np.flatnonzero(np.concatenate(([True], span[1:] != span[:-1])))
    place_in_span = np.arange(len(span)) - np.repeat(begins, np.diff([*begins, len(span)]))
    is_told = (counted == 0) & (place_in_span < MOST_TOLD)
    rest = np.add.reduceat(np.where(is_told, 0, np.maximum(counted, 1)), begins)
    more = conflicts.take(arrow(begins[rest > 0])).select(["event_date", "trace_id", "span_id"])
    summary = more.append_column("finding", pa.repeat(MORE, len(more))).append_column(
        "value", arrow(rest[rest > 0].astype(np.int64))
    )
    told = conflicts.filter(arrow(is_told))
    return pa.concat_tables([told, render_violations(summary).select(told.column_names).cast(told.schema)])


def _counts(conflicts: pa.Table) -> Numbers:
    """Copies that a row counts, 0 where it tells of one: the number that its sentence begins with."""
    is_count = pc.equal(conflicts["finding"], MORE)
    counted = np.zeros(conflicts.num_rows, np.int64)
    number = pc.struct_field(pc.extract_regex(conflicts["detail"].filter(is_count), "^(?P<n>[0-9]+) "), "n")
    counted[numbers(is_count)] = numbers(number.cast(pa.int64()))
    return counted
