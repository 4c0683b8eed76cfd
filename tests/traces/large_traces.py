"""Large traces of hostile shapes as Arrow tables, made without a Python object per span."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from trace_batch import MIDNIGHT, span_row

Parents = Callable[[int], np.ndarray]
"""Number of spans -> position of each span's parent, -1 for none."""


def ids(numbers: np.ndarray, step: int = 1) -> pa.Array:
    """16 hex digits of number * step + 1; -1 gives null."""
    values = (numbers.astype("u8") * np.uint64(step) + np.uint64(1)).astype(">u8").view("u1")
    digits = np.frombuffer(b"0123456789abcdef", "u1")
    text = np.stack([digits[values >> 4], digits[values & 15]], axis=1).reshape(len(numbers), 16)
    data = pa.py_buffer(np.ascontiguousarray(text).tobytes())
    offsets = pa.py_buffer((np.arange(len(numbers) + 1, dtype="i4") * 16).tobytes())
    found = pa.StringArray.from_buffers(len(numbers), offsets, data)
    return pc.if_else(pa.array(numbers >= 0), found, None)


def large_trace(parents: np.ndarray, step: int = 1, *, share_id: bool = False) -> pa.Table:
    """One trace. Span n runs from n to 2 * len(parents) nanoseconds: it starts after all lower ones."""
    n = len(parents)
    position = np.arange(n, dtype="i8")
    row = span_row("f" * 32, "", None, MIDNIGHT, 0)
    columns = {
        name: pa.repeat(pa.scalar(value), n) if value is not None else pa.nulls(n, pa.utf8())
        for name, value in row.items()
    }
    columns["span_id"] = ids(np.zeros(n, "i8") if share_id else position, step)
    columns["parent_span_id"] = ids(parents, step)
    columns["start_time_unix_nano"] = pa.array(MIDNIGHT + position)
    columns["duration_nano"] = pa.array(2 * n - position)
    columns["content_key"] = pa.array(position)
    int32 = ("kind", "status_code", "duplicate_count", "known_issues")
    return pa.table({k: v.cast(pa.int32()) if k in int32 else v for k, v in columns.items()})


def chain(n: int) -> np.ndarray:
    return np.arange(-1, n - 1, dtype="i8")


def star(n: int) -> np.ndarray:
    return np.where(np.arange(n) == 0, -1, 0).astype("i8")


def ring(n: int) -> np.ndarray:
    return np.roll(np.arange(n, dtype="i8"), 1)


def roots(n: int) -> np.ndarray:
    return np.full(n, -1, "i8")


def orphans(n: int) -> np.ndarray:
    return np.arange(n, dtype="i8") + 10 * n


def comb(n: int) -> np.ndarray:
    """A chain along which every link has a leaf."""
    position = np.arange(n, dtype="i8")
    return np.where(position % 2 == 0, position - 2, position - 1).clip(-1)


def rings_of_two(n: int) -> np.ndarray:
    return np.arange(n, dtype="i8") ^ 1


SHAPES: dict[str, Parents] = {
    shape.__name__: shape for shape in (chain, star, ring, roots, orphans, comb, rings_of_two)
}
