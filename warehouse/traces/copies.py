"""Equal copies of a landed span, folded while they are read: however many there are, one row is held."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import arrow, numbers

CHUNK_ROWS = 131_072
"""Landed rows that are decoded before copies among them are folded."""


def folded(name: str, rows: pa.Table, *, thoroughly: bool = False) -> pa.Table:
    """Rows of a landing table, equal copies of a span as one; those of other tables as they are.

    Spans get a `duplicate_count`, the rows that were folded into each; counts of earlier calls add up. Of
    events and links each ordinal of a copy stays once. Rows without valid ids are no copies of each other.
    Copies are found where some follow each other, as in landing files they do, or with `thoroughly` anywhere.
    """
    if not name.endswith("_landing"):
        return rows
    is_span = name == "spans_landing"
    if is_span and "duplicate_count" not in rows.column_names:
        rows = rows.append_column("duplicate_count", pa.repeat(pa.scalar(0, pa.int32()), rows.num_rows))
    if rows.num_rows < 2 or not (thoroughly or _has_neighbours(rows, is_span=is_span)):
        return rows
    keys = [numbers(rows["content_key"])]
    if not is_span:
        keys.append(numbers(rows["ordinal"]))
    # A key of its own for every row without ids.
    keys.append(np.where(has_ids(rows), 0, np.arange(1, rows.num_rows + 1)))
    order = np.lexsort(keys)
    begins = np.ones(len(order), bool)
    begins[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    _part_spans(rows, order, begins)
    # The sort keeps equal rows in their order: the first of them stays, where it was.
    first = order[begins]
    place = np.argsort(first)
    kept = rows.take(arrow(first[place]))
    if not is_span:
        return kept
    copies = np.add.reduceat(
        numbers(rows["duplicate_count"])[order].astype(np.int64) + 1, begins.nonzero()[0]
    )
    counts = arrow(np.minimum(copies[place] - 1, np.iinfo(np.int32).max).astype(np.int32))
    return kept.set_column(kept.column_names.index("duplicate_count"), "duplicate_count", counts)


def _part_spans(
    rows: pa.Table,
    order: np.ndarray[tuple[int], np.dtype[np.int64]],
    begins: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> None:
    """Let rows begin anew that have the content key of the row before them in `order`, and other ids."""
    same = np.flatnonzero(~begins)
    for name in ("trace_id", "span_id"):
        before, here = (rows[name].take(arrow(order[at])) for at in (same - 1, same))
        begins[same] |= numbers(pc.fill_null(pc.not_equal(before, here), True))


def _has_neighbours(rows: pa.Table, *, is_span: bool) -> bool:
    """Whether rows that follow each other may be copies: in a landing file copies do."""
    same = pc.equal(rows["content_key"][1:], rows["content_key"][:-1])
    if not is_span:
        same = pc.and_(same, pc.equal(rows["ordinal"][1:], rows["ordinal"][:-1]))
    return bool(pc.any(same).as_py())


def has_ids(rows: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows name a trace and a span."""
    found = np.ones(rows.num_rows, bool)
    for name in ("trace_id", "span_id"):
        found &= numbers(pc.not_equal(pc.utf8_ltrim(pc.fill_null(rows[name], ""), "0"), ""))
    return found
