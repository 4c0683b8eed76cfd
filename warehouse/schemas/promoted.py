"""Promoted attributes: those of the conventions in `promoted.toml`, and those that a lake declares."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from warehouse.errors import WarehouseError
from warehouse.schemas.declaration import VARIABLE, read_declaration
from warehouse.schemas.model import Column, ColumnType
from warehouse.stores.places import place

PromotedType = Literal["string", "int", "double", "boolean"]
_COLUMN_TYPE: dict[PromotedType, ColumnType] = {
    "string": "string",
    "int": "bigint",
    "double": "double",
    "boolean": "boolean",
}


@dataclass(frozen=True, slots=True)
class Promoted:
    """One promoted attribute and the lake tables whose rows carry it as a column.

    Traces are looked up by the values of a `lookup`, which spans carry: the star lists them. Where no value
    `repeats` the column has no dictionary.
    """

    key: str
    type: PromotedType
    aliases: tuple[str, ...]
    tables: tuple[str, ...]
    lookup: bool = False
    repeats: bool = True

    @property
    def column(self) -> Column:
        older = f"; older names in the map: {', '.join(self.aliases)}" if self.aliases else ""
        return Column(
            self.key.replace(".", "_"),
            _COLUMN_TYPE[self.type],
            f"Attribute `{self.key}`; null when absent or not of type {self.type}{older}",
            True,
        )

    def as_entry(self) -> dict[str, Any]:
        """What a declaration says of it."""
        entry = {"key": self.key, "type": self.type, "aliases": [*self.aliases], "tables": [*self.tables]}
        return (
            entry | ({"lookup": True} if self.lookup else {}) | ({} if self.repeats else {"repeats": False})
        )


def as_promoted(entry: dict[str, Any]) -> Promoted:
    """An entry of a declaration."""
    return Promoted(
        key=entry["key"],
        type=cast(PromotedType, entry["type"]),
        aliases=tuple(entry.get("aliases", ())),
        tables=tuple(entry["tables"]),
        lookup=entry.get("lookup", False),
        repeats=entry.get("repeats", True),
    )


@cache
def conventional() -> tuple[Promoted, ...]:
    """What every lake promotes, in the order of the file."""
    text = files("warehouse.schemas").joinpath("promoted.toml").read_text(encoding="utf-8")
    return tuple(map(as_promoted, tomllib.loads(text)["attribute"]))


@cache
def declared() -> tuple[Promoted, ...]:
    """What the declaration of the lake at hand promotes beside that; the environment names it.

    Raises WarehouseError when it repeats an attribute or a column.
    """
    file = os.environ.get(VARIABLE)
    found = tuple(map(as_promoted, read_declaration(place(file)))) if file else ()
    columns = [p.column.name for p in (*conventional(), *found)]
    twice = {p.key for p in found if columns.count(p.column.name) > 1}
    if twice:
        raise WarehouseError(f"{file} promotes {min(twice)}, which has a column already: remove it there.")
    return found


@cache
def promoted() -> tuple[Promoted, ...]:
    """Every promoted attribute, those of the conventions first."""
    return (*conventional(), *declared())


def promoted_in(table: str) -> tuple[Promoted, ...]:
    """The promoted attributes of a table named without its `_landing` suffix."""
    return tuple(p for p in promoted() if table in p.tables)


_LETTER: dict[PromotedType, str] = {"string": "s", "int": "i", "double": "d", "boolean": "b"}


def decoder_columns() -> list[tuple[str, str, PromotedType]]:
    """(table, attribute key, type) of every promoted attribute, as the native decoder takes them."""
    return [(table, p.key, p.type) for p in promoted() for table in p.tables]


@cache
def encoder_columns() -> dict[str, list[tuple[str, str, str]]]:
    """By table, (column, attribute key, type letter), as the native encoder takes them."""
    tables = sorted({table for p in promoted() for table in p.tables})
    return {
        table: [(p.column.name, p.key, _LETTER[p.type]) for p in promoted() if table in p.tables]
        for table in tables
    }
