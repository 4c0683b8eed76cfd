"""Promoted semantic-convention attributes, read from `promoted.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from warehouse.schemas.model import Column, ColumnType

PromotedType = Literal["string", "int", "double", "boolean"]
_COLUMN_TYPE: dict[PromotedType, ColumnType] = {
    "string": "string",
    "int": "bigint",
    "double": "double",
    "boolean": "boolean",
}


@dataclass(frozen=True, slots=True)
class Promoted:
    """One promoted attribute and the lake tables whose rows carry it as a column."""

    key: str
    type: PromotedType
    aliases: tuple[str, ...]
    tables: tuple[str, ...]

    @property
    def column(self) -> Column:
        older = f"; older names in the map: {', '.join(self.aliases)}" if self.aliases else ""
        return Column(
            self.key.replace(".", "_"),
            _COLUMN_TYPE[self.type],
            f"Attribute `{self.key}`; null when absent or not of type {self.type}{older}",
            True,
        )


@cache
def promoted() -> tuple[Promoted, ...]:
    """Every promoted attribute, in the order of the declaration file."""
    text = files("warehouse.schemas").joinpath("promoted.toml").read_text(encoding="utf-8")
    return tuple(
        Promoted(
            key=a["key"],
            type=cast(PromotedType, a["type"]),
            aliases=tuple(a.get("aliases", ())),
            tables=tuple(a["tables"]),
        )
        for a in tomllib.loads(text)["attribute"]
    )


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
