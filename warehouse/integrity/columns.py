"""Between Arrow columns and NumPy arrays, without pandas (whose import `pa.array` would pay for)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[Any]
_SMALL_BATCH = 8192


def arrow(values: Numbers) -> pa.Array:
    """Numbers or booleans as an Arrow array without nulls."""
    if values.dtype == np.bool_:
        bits = pa.py_buffer(np.packbits(values, bitorder="little"))
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, bits])
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def numbers(values: pa.Array | pa.ChunkedArray, missing: int = 0) -> Numbers:
    """Numbers or booleans of a column; `missing` stands for null."""
    plain = flat(values)
    if plain.null_count:
        plain = pc.fill_null(plain, missing)
    return plain.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array without chunks and dictionary."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def encoded(values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """One dictionary-encoded array of texts."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


def codes(values: pa.DictionaryArray, missing: int = -1) -> Numbers:
    """The dictionary positions of the values; `missing` stands for null."""
    return numbers(values.indices, missing)


def row_batches(rows: pa.Table) -> list[pa.RecordBatch]:
    """The rows in batches that are worth the cost of a batch: tables of many small files have tiny chunks."""
    batches = rows.to_batches()
    if len(batches) > 1 and rows.num_rows < len(batches) * _SMALL_BATCH:
        return rows.combine_chunks().to_batches()  # type: ignore[no-any-return]
    return batches  # type: ignore[no-any-return]
