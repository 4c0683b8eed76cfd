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
