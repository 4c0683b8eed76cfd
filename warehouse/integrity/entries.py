"""The entries of an attribute map column, laid out flat: one key code and one type letter an entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow, codes, encoded, flat, numbers
from warehouse.schemas.arrow import text_array


@dataclass(frozen=True, slots=True)
class Entries:
    """All attributes of some rows.

    `keys` holds the distinct keys, `key_codes` a position in it per entry, `values` the texts, `letters` the
    type letters as bytes (none when they were not asked for), and the entries of row r are those from
    `offsets[r]` to `offsets[r + 1]`.
    """

    keys: pa.Array
    key_codes: Numbers
    values: pa.Array
    letters: Numbers
    offsets: Numbers

    @classmethod
    def of(cls, attributes: pa.Array, attribute_types: pa.Array | None = None) -> Self:
        """Entries of a column pair. Raises ValueError when the letters do not match the entries.

        `attributes` may be a list of structs that hold the keys alone: `values` is empty then.
        """
        offsets = attributes.offsets.to_numpy(zero_copy_only=False)
        first, count = (int(offsets[0]), int(offsets[-1] - offsets[0])) if len(offsets) else (0, 0)
        offsets = offsets - first if len(offsets) else np.zeros(1, np.int32)
        is_map = pa.types.is_map(attributes.type)
        keys = encoded((attributes.keys if is_map else attributes.values.field("key")).slice(first, count))
        letters = np.zeros(0, np.uint8)
        if attribute_types is not None:
            letters = _letters(flat(attribute_types), offsets)
        return cls(
            keys.dictionary,
            codes(keys),
            flat(attributes.items.slice(first, count)) if is_map else pa.nulls(0, pa.string()),
            letters,
            offsets,
        )

    def rows(self, positions: Numbers) -> Numbers:
        """The rows that entries belong to."""
        return np.searchsorted(self.offsets, positions, side="right") - 1

    def positions_of(self, wanted: Iterable[str]) -> Numbers:
        """Where entries with one of these keys stand, ascending."""
        is_wanted = numbers(pc.is_in(self.keys, text_array(wanted)))
        return np.flatnonzero(is_wanted[self.key_codes]) if is_wanted.any() else np.zeros(0, np.int64)

    def column(self, key: str, count: int) -> pa.Array:
        """The values under a key, one a row of `count`; null where a row has none."""
        return self.values_at(self.positions_of((key,)), count)

    def values_at(self, positions: Numbers, count: int) -> pa.Array:
        """The values of some entries, one a row at most: one of each of `count` rows, null where none is."""
        if len(positions) == 0:
            return pa.nulls(count, pa.string())
        places = np.full(count, -1, np.int64)
        places[self.rows(positions)] = positions
        return self.values.take(_with_nulls(places))


def _with_nulls(places: Numbers) -> pa.Array:
    """Positions as Arrow integers; negative ones are null."""
    known = pa.py_buffer(np.packbits(places >= 0, bitorder="little"))
    return pa.Array.from_buffers(pa.int64(), len(places), [known, arrow(places).buffers()[1]])


def _letters(types: pa.Array, offsets: Numbers) -> Numbers:
    """The bytes of all texts, which lie one behind the other."""
    types = types.cast(pa.string())
    _, places, data = types.buffers()
    ends = np.frombuffer(places, np.int32)[types.offset : types.offset + len(types) + 1]
    if len(types) == 0:
        return np.zeros(0, np.uint8)
    if types.null_count or not np.array_equal(ends - ends[0], offsets):
        raise ValueError("attribute_types must hold one letter per attribute of its row")
    if data is None:
        return np.zeros(0, np.uint8)
    return np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
