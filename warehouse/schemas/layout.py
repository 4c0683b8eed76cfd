"""How columns are encoded and compressed in Parquet, by the stage of the lake that a file belongs to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from warehouse.schemas.model import Column, Table

Encoding = Literal["dictionary", "plain", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY"]
"""Never BYTE_STREAM_SPLIT: DuckDB 1.5 and Spark's vectorised reader cannot read it on integers."""
_DICTIONARY_TYPES = ("string", "int", "bigint", "list<double>", "list<bigint>")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a stage spends on its files: rows of a row group, and levels of zstd.

    `zstd` is the level of all columns that have none of their own. Ids and numbers that `Table.plain` names
    and values of maps do, for more effort makes random digits larger: matches are found in them that cost
    more than the digits. `is_settled`: the files stay, so encodings are such that zstd finds most in them.
    """

    row_group: int
    zstd: int
    zstd_ids: int = 1
    zstd_numbers: int = 1
    zstd_maps: int = 1
    is_settled: bool = False


LANDING = Layout(row_group=16_384, zstd=1)
ASSEMBLED = Layout(row_group=122_880, zstd=3, zstd_maps=3)
SETTLED = Layout(row_group=122_880, zstd=19, zstd_numbers=14, zstd_maps=16, is_settled=True)
SLICES = 2
"""Parts of a settled row group in which traces alike lie together: a quarter of an hour leads to few."""
PAGE_BYTES = 16 << 20
"""Up to this size a row group's values of a column are one page, in which zstd finds more than in several."""


def settled(rows: int) -> Layout:
    """SETTLED for a file of so many rows: its row groups are equal.

    A rest of less than a fifth of a row group is shared among the others: on its own it would cost a footer,
    filters and dictionaries again.
    """
    usual = SETTLED.row_group
    groups = max(1, -(-(rows - usual // 5) // usual))
    return replace(SETTLED, row_group=max(1, -(-rows // groups)))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column's values in Parquet, or a map's keys or values: where they are and how they are written."""

    path: str
    encoding: Encoding
    zstd: int


def leaves(table: Table, layout: Layout) -> list[Leaf]:
    """All leaves of the table's files, in the order of its columns."""
    return [leaf for column in table.file_columns for leaf in _leaves(table, column, layout)]


def _leaves(table: Table, column: Column, layout: Layout) -> list[Leaf]:
    level = layout.zstd
    if column.name in table.plain:
        level = layout.zstd_ids if column.type == "string" else layout.zstd_numbers
    if column.type == "map":
        # Values of many keys share a dictionary, whose indices zstd can do nothing with.
        values: Encoding = "DELTA_LENGTH_BYTE_ARRAY" if layout.is_settled else "dictionary"
        keys = Leaf(f"{column.name}.key_value.key", "dictionary", level)
        return [keys, Leaf(f"{column.name}.key_value.value", values, layout.zstd_maps)]
    path = f"{column.name}.list.element" if column.type.startswith("list") else column.name
    return [Leaf(path, encoding(table, column, layout), level)]


def encoding(table: Table, column: Column, layout: Layout) -> Encoding:
    """Of a column that is no map."""
    if layout.is_settled and column.name in table.settled_plain:
        return "plain"
    if column.name in table.delta_packed:
        return "DELTA_BINARY_PACKED"
    if column.name in table.plain:
        # Apart from their lengths, ids of one length compress by a seventh better.
        return "DELTA_LENGTH_BYTE_ARRAY" if column.type == "string" else "plain"
    return "dictionary" if column.type in _DICTIONARY_TYPES else "plain"
