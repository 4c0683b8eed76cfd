"""How deep array and map values nest, from their OTLP/JSON texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow, numbers

DEEPEST = 16
"""Depth of an AnyValue that is taken as sound; a plain value has depth 1."""
_OPEN, _CLOSE = ord("["), ord("]")


def depths(values: pa.Array) -> Numbers:
    """Depth of each value: 1 and one more for every array or map around the innermost elements.

    Values that open too few brackets to be deep are all given as depth 1: only greater depths than
    `DEEPEST` are exact.
    """
    found = np.ones(len(values), np.int64)
    may_be_deep = np.flatnonzero(numbers(pc.count_substring(values, "[")) >= DEEPEST)
    if len(may_be_deep):
        found[may_be_deep] = 1 + _bracket_depths(values.take(arrow(may_be_deep)))
    return found


def _bracket_depths(values: pa.Array) -> Numbers:
    """Greatest number of brackets open at once, those within strings left out."""
    structure = pc.replace_substring_regex(values, r'"(?:[^"\\]|\\.)*"', "")
    # An empty array holds no element that would be a level of its own.
    structure = pc.replace_substring_regex(structure, r"\[\]", "")
    brackets = pc.replace_substring_regex(structure, r"[^\[\]]+", "").cast(pa.large_string())
    _, offsets, data = brackets.buffers()
    ends = np.frombuffer(offsets, np.int64)[: len(brackets) + 1]
    signs = np.frombuffer(data or b"", np.uint8)[: ends[-1]]
    steps = np.append((signs == _OPEN).astype(np.int64) - (signs == _CLOSE), 0)
    open_now = np.cumsum(steps)
    before = np.append(0, open_now)[ends[:-1]]
    deepest = np.maximum.reduceat(open_now, ends[:-1]) - before
    return np.where(np.diff(ends) == 0, 0, deepest)
