"""Elements of array attributes that are not what the semantic conventions have them be."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow, numbers
from warehouse.integrity.conventions import attributes
from warehouse.integrity.entries import Entries

_ELEMENTS = {
    "string[]": r'"stringValue":"(?:[^"\\]|\\.)*"',
    "int[]": r'"intValue":"-?[0-9]+"',
}
"""An element of each type as it stands in the text of an array; an empty one, `{}`, has no type."""
_KINDS = ("string", "int", "double", "bool", "bytes", "array", "kvlist")
HOLDS = "SIDBYAM"
"""What an array holds instead, as the letters of its elements in upper case, in the order of `_KINDS`."""
_ARRAY = ord("a")


def wrong_elements(entries: Entries, places: Numbers) -> tuple[Numbers, Numbers]:
    """Entries whose array has an element of another type, and the letter of the first such element.

    `places` holds the position in `conventions.attributes()` of each of `entries.keys`.
    """
    of_key = _element_types()[places]
    if (of_key < 0).all():
        return np.zeros(0, np.int64), np.zeros(0, np.uint8)
    is_array = entries.letters == _ARRAY
    found = [
        _wrong(entries.values, np.flatnonzero(is_array & (of_key == number)[entries.key_codes]), element)
        for number, element in enumerate(_ELEMENTS.values())
    ]
    return np.concatenate([at for at, _ in found]), np.concatenate([letters for _, letters in found])


def _wrong(values: pa.Array, at: Numbers, element: str) -> tuple[Numbers, Numbers]:
    if len(at) == 0:
        return at, np.zeros(0, np.uint8)
    good = rf"\{{(?:{element})?\}}"
    texts = values.take(arrow(at))
    whole = rf'^\{{(?:"values":\[(?:{good}(?:,{good})*)?\])?\}}$'
    wrong = np.flatnonzero(~numbers(pc.match_substring_regex(texts, whole)).astype(np.bool_))
    first = rf'^\{{"values":\[(?:{good},)*\{{"(?P<kind>[a-z]+)Value"'
    kinds = pc.struct_field(pc.extract_regex(texts.take(arrow(wrong)), first), "kind")
    known = numbers(pc.index_in(kinds, pa.array(_KINDS)), 0)
    return at[wrong], np.frombuffer(HOLDS.encode(), np.uint8)[known]


@cache
def _element_types() -> Numbers:
    """Place in `_ELEMENTS` by position, -1 for other attributes; the last entry is for unknown keys."""
    types = list(_ELEMENTS)
    places = (types.index(a.value_type) if a.value_type in types else -1 for a in attributes())
    return np.array([*places, -1])
