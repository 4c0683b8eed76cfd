"""Attribute values that are not what the semantic conventions, or OTLP, have them be."""

from __future__ import annotations

from functools import cache

import numpy as np

from warehouse.integrity.columns import Numbers, arrow
from warehouse.integrity.conventions import ANY, LETTERS, attributes
from warehouse.integrity.entries import Entries
from warehouse.integrity.nesting import DEEPEST, depths

_NESTED = np.isin(np.arange(256), np.frombuffer(b"am", np.uint8))
"""By type letter: whether such a value holds others."""


def wrong_types(entries: Entries, places: Numbers) -> Numbers:
    """Entries whose value has a type that the conventions do not give it.

    `places` holds the position in `conventions.attributes()` of each of `entries.keys`.
    """
    of_key = _accepted()[places]
    if (of_key == ANY).all():
        return np.zeros(0, np.int64)
    return np.flatnonzero((of_key[entries.key_codes] & _letter_bits()[entries.letters]) == 0)


def too_deep(entries: Entries) -> tuple[Numbers, Numbers]:
    """Entries whose value nests deeper than `DEEPEST`, and how deep."""
    nested = np.flatnonzero(_NESTED[entries.letters])
    if len(nested) == 0:
        return nested, nested
    depth = depths(entries.values.take(arrow(nested)))
    return nested[depth > DEEPEST], depth[depth > DEEPEST]


@cache
def _accepted() -> Numbers:
    """Accepted type letters by position; the last entry is for unknown keys."""
    return np.array([*(a.accepted for a in attributes()), ANY], np.uint8)


@cache
def _letter_bits() -> Numbers:
    bits = np.zeros(256, np.uint8)
    bits[np.frombuffer(LETTERS.encode(), np.uint8)] = 1 << np.arange(len(LETTERS), dtype=np.uint8)
    return bits
