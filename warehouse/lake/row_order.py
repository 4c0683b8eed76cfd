"""The order of rows in a file that stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.layout import SLICES, settled
from warehouse.schemas.model import Table

Order = npt.NDArray[np.int64]


def settled_order(table: Table, rows: pa.Table) -> Order:
    """Row numbers in the order in which compaction writes them; equal rows keep theirs.

    That is the table's; spans and traces are put like beside like, without moving them far.
    """
    keys = rows.select(list(table.sort))
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in table.sort]).to_numpy()
    gather = _GATHERED.get(table.name)
    return gather(rows, order) if gather and len(order) else order


def _spans(rows: pa.Table, order: Order) -> Order:
    """Spans in their table's order, rearranged within slices of a row group, whole traces each.

    Traces of a slice that have the same first operation and as many spans are beside each other, and spans of
    a trace go by depth, service of the parent and operation: children of a span are neighbours, and what
    follows from the operation comes again in the same sequence.
    """
    ids = rows["trace_id"].take(pa.array(order)).combine_chunks()
    begins = np.flatnonzero(np.append(True, pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)))
    lengths = np.diff(begins, append=len(order))
    operation = rows["operation_key"].to_numpy()[order]
    slice_rows = -(-settled(len(order)).row_group // SLICES)
    alike = np.lexsort((lengths, operation[begins], begins // slice_rows))
    place = np.empty_like(alike)
    place[alike] = np.arange(len(alike))
    caller = _ranks(rows["parent_service_name"])[order]
    depth = pc.fill_null(rows["depth"], -1).to_numpy()[order]
    return order[np.lexsort((operation, caller, depth, np.repeat(place, lengths)))]


def _traces(rows: pa.Table, order: Order) -> Order:
    """Traces in their table's order, rearranged within row groups by operation, number of spans and start."""
    operation = _ranks(rows["root_operation_name"])[order]
    spans = rows["span_count"].to_numpy()[order]
    start = pc.fill_null(rows["start_time_unix_nano"], 0).to_numpy()[order]
    group = np.arange(len(order)) // settled(len(order)).row_group
    return order[np.lexsort((start, spans, operation, group))]


_GATHERED: dict[str, Callable[[pa.Table, Order], Order]] = {"spans": _spans, "traces": _traces}


def _ranks(texts: pa.ChunkedArray) -> Order:
    """Numbers in the order of the texts, null first."""
    return np.asarray(pc.rank(pc.fill_null(texts, ""), tiebreaker="dense"))
