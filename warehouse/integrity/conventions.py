"""The semantic conventions that attributes are held to, from tables that `conventions_source` renders."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, numbers
from warehouse.schemas.arrow import text_array

VERSION = "1.44.0"
LETTERS = "sidbyamn"
"""Type letters of attribute values, in the order of their bits."""
# An empty value has no type. JavaScript has no integers: its SDK writes a whole double as an integer.
_ACCEPTED = {"string": "sn", "int": "in", "double": "din", "boolean": "bn", "string[]": "an", "int[]": "an"}
ANY = 0xFF


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute key.

    `members` are all values that it may have, empty when there are others. `replacements` are the keys that
    took the place of a deprecated one, `renamed_in` the schema version that did so, where one did.
    """

    key: str
    type: str
    members: tuple[str, ...]
    is_of_resource: bool
    is_deprecated: bool
    renamed_in: str | None
    replacements: tuple[str, ...]

    @property
    def is_template(self) -> bool:
        return self.type.startswith("template[")

    @property
    def value_type(self) -> str:
        """Type of a value: of a template the part in brackets."""
        return self.type.removeprefix("template[").removesuffix("]") if self.is_template else self.type

    @property
    def accepted(self) -> int:
        """Bits of the type letters that a value may have."""
        letters = _ACCEPTED.get(self.value_type)
        return ANY if letters is None else sum(1 << LETTERS.index(letter) for letter in letters)


@dataclass(frozen=True, slots=True)
class Group:
    """A convention of spans: the kind that they have and the attributes that it requires."""

    name: str
    span_kind: str
    required: tuple[str, ...]


def _rows(file: str) -> Iterator[dict[str, str]]:
    text = files("warehouse.integrity").joinpath(file).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines()[1:], delimiter="\t")


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


@cache
def attributes() -> tuple[Attribute, ...]:
    """Every attribute of the conventions, old ones too, by key."""
    return tuple(
        Attribute(
            row["key"],
            row["type"],
            _split(row["closed_members"]),
            row["level"] == "resource",
            row["is_deprecated"] == "yes",
            row["renamed_in"] or None,
            _split(row["replacements"]),
        )
        for row in _rows("convention_attributes.tsv")
    )


@cache
def groups() -> dict[str, Group]:
    """Every convention of spans that requires attributes, by name."""
    return {
        row["group"]: Group(row["group"], row["span_kind"], _split(row["required"]))
        for row in _rows("convention_groups.tsv")
    }


@cache
def events() -> dict[str, tuple[tuple[str, ...], ...]]:
    """By name of an event what its convention requires: of every group of attributes one."""
    return {
        row["event"]: tuple(tuple(keys.split("/")) for keys in _split(row["required"]))
        for row in _rows("convention_events.tsv")
    }


@cache
def older_names() -> dict[str, tuple[str, ...]]:
    """The deprecated keys of every key that took their place."""
    found: dict[str, list[str]] = {}
    for attribute in attributes():
        for newer in attribute.replacements:
            found.setdefault(newer, []).append(attribute.key)
    return {key: tuple(older) for key, older in found.items()}


def positions(keys: pa.Array) -> Numbers:
    """Where each key stands in `attributes()`; -1 for a key that the conventions do not know.

    Keys below a template (`http.request.header.accept`) stand where the template does.
    """
    found = numbers(pc.index_in(keys, _key_array()), -1).astype(np.int32)
    unknown = np.flatnonzero(found < 0)
    if len(unknown) == 0:
        return found
    prefixes, pattern = _templates()
    is_below = numbers(pc.match_substring_regex(keys, pattern)).astype(np.bool_)
    for place in unknown[is_below[unknown]]:
        key = keys[int(place)].as_py()
        found[place] = max((len(p), at) for p, at in prefixes.items() if key.startswith(p))[1]
    return found


@cache
def _key_array() -> pa.Array:
    # A template's own key is no attribute: one below it is.
    return text_array(f"{a.key}.<key>" if a.is_template else a.key for a in attributes())


@cache
def _templates() -> tuple[dict[str, int], str]:
    """Positions by prefix, and the pattern of a key below one."""
    prefixes = {a.key + ".": at for at, a in enumerate(attributes()) if a.is_template}
    return prefixes, f"^(?:{'|'.join(map(re.escape, prefixes))})"


def coded(position: Numbers | int, more: Numbers | int) -> Numbers:
    """An attribute and a byte (a type letter, or the place of a rule) as the number of a finding."""
    return np.asarray(position, np.int64) * 256 + more


def version_of(schema_url: str | None) -> tuple[int, ...] | None:
    """The version that a schema URL of the conventions ends with; None for other URLs and none at all."""
    found = re.fullmatch(r"https?://opentelemetry\.io/schemas/(\d+\.\d+\.\d+)", schema_url or "")
    return tuple(map(int, found[1].split("."))) if found else None
