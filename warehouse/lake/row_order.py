"""The order of rows in a file that stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.layout import SLICE_ROWS
from warehouse.schemas.model import Table

Order = npt.NDArray[np.int64]


def settled_order(table: Table, rows: pa.Table) -> Order:
    """Row numbers in the order in which compaction writes them; equal rows keep theirs.

    That is the table's, and for `spans` one that puts like beside like without moving rows far.
    """
    keys = rows.select(list(table.sort))
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in table.sort]).to_numpy()
    return _alike_together(rows, order) if table.name == "spans" and len(order) else order


def _alike_together(rows: pa.Table, order: Order) -> Order:
    """Spans in their table's order, rearranged within slices of about SLICE_ROWS, whole traces each.

    Traces of a slice that have the same first operation and as many spans are beside each other, and spans of
    a trace go by depth, service of the parent and operation: children of a span are neighbours, and what
    follows from the operation comes again in the same sequence.
    """
    ids = rows["trace_id"].take(pa.array(order)).combine_chunks()
    begins = np.flatnonzero(np.append(True, pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)))
    lengths = np.diff(begins, append=len(order))
    operation = rows["operation_key"].to_numpy()[order]
    alike = np.lexsort((lengths, operation[begins], begins // SLICE_ROWS))
    place = np.empty_like(alike)
    place[alike] = np.arange(len(alike))
    caller = pc.rank(pc.fill_null(rows["parent_service_name"], ""), tiebreaker="dense").to_numpy()[order]
    depth = pc.fill_null(rows["depth"], -1).to_numpy()[order]
    return order[np.lexsort((operation, caller, depth, np.repeat(place, lengths)))]
