"""What a finding's number says in words, when `conventions.coded` made it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pyarrow as pa

from warehouse.integrity.columns import Numbers, arrow
from warehouse.integrity.conventions import attributes
from warehouse.integrity.required import RULES
from warehouse.integrity.required_of_events import REQUIREMENTS
from warehouse.schemas.arrow import text_array

_OF_LETTER = {
    "s": "a string",
    "i": "an integer",
    "d": "a double",
    "b": "a boolean",
    "y": "bytes",
    "a": "an array",
    "m": "a map",
    "n": "empty",
    "S": "an array that holds a string",
    "I": "an array that holds an integer",
    "D": "an array that holds a double",
    "B": "an array that holds a boolean",
    "Y": "an array that holds bytes",
    "A": "an array that holds an array",
    "M": "an array that holds a map",
}
_OF_TYPE = {
    "string": "a string",
    "int": "an integer",
    "double": "a double",
    "boolean": "a boolean",
    "string[]": "an array of strings",
    "int[]": "an array of integers",
}


def _attribute(position: int) -> str:
    found = attributes()[position]
    return f"{found.key}.<key>" if found.is_template else found.key


WORDS: dict[str, Callable[[int], str]] = {
    "attribute": lambda code: _attribute(code // 256),
    "expected": lambda code: _OF_TYPE.get(attributes()[code // 256].value_type, "another type"),
    "found": lambda code: _OF_LETTER.get(chr(code % 256), "of an unknown type"),
    "event": lambda place: REQUIREMENTS[place][0],
    "wanted": lambda place: " or ".join(REQUIREMENTS[place][1]),
    "convention": lambda code: RULES[code % 256].group.removeprefix("span."),
}
"""Fields of sentences and what each says of a number."""
_word = cache(lambda field, code: WORDS[field](code))


def words(field: str, codes: Numbers) -> pa.Array:
    """The field's text for every number; distinct numbers are few."""
    distinct, place = _distinct(codes)
    return text_array(_word(field, int(code)) for code in distinct).take(arrow(place))


def _distinct(codes: Numbers) -> tuple[Numbers, Numbers]:
    encoded = arrow(codes).dictionary_encode()
    return encoded.dictionary.to_numpy(), encoded.indices.to_numpy()
