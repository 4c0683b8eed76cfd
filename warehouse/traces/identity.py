"""Which span a row is about, and the order of rows by it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_HEX = {"trace_id": 32, "span_id": 16}


def span_identity(rows: pa.Table) -> pa.Array:
    """(trace_id, span_id) as one text. Ids hold no colon: they are hex."""
    joined = pc.binary_join_element_wise(rows["trace_id"], rows["span_id"], ":")
    return joined.combine_chunks()


def copy_identity(rows: pa.Table) -> pa.Array:
    """Which copy of a span a row is about: ids and, unless it was assembled before, content."""
    content = pc.if_else(rows["is_assembled"], "", rows["content_key"].cast(pa.string()))
    return pc.binary_join_element_wise(span_identity(rows), pc.fill_null(content, "").combine_chunks(), ":")


def order_by_span(rows: pa.Table) -> npt.NDArray[np.int64]:
    """Row numbers ordered by (trace_id, span_id, ordinal)."""
    trace, span = (_words(rows[name].combine_chunks(), digits) for name, digits in _HEX.items())
    if trace is None or span is None:
        order = [(name, "ascending") for name in ("trace_id", "span_id", "ordinal")]
        return np.asarray(pc.sort_indices(rows, sort_keys=order).to_numpy(), np.int64)
    return np.lexsort((rows["ordinal"].to_numpy(), *span, *trace))


def _words(ids: pa.Array, digits: int) -> list[npt.NDArray[np.generic]] | None:
    """Ids of `digits` hex digits as big-endian words of eight digits each, least significant first.

    None when one has another length. Text order equals the order of the words.
    """
    offsets = np.frombuffer(ids.buffers()[1], np.int32, len(ids) + 1, ids.offset * 4)
    if len(ids) == 0 or not (np.diff(offsets) == digits).all():
        return None
    text = np.frombuffer(ids.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    words = text.view(">u8").reshape(len(ids), digits // 8)
    return [words[:, column].astype(np.uint64) for column in reversed(range(digits // 8))]
