"""What a lake table is: columns, grain, key, partition and sort, declared once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal[
    "bigint", "int", "double", "boolean", "string", "binary", "date", "map", "list<double>", "list<bigint>"
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `doc` gives its unit and what null means."""

    name: str
    type: ColumnType
    doc: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One lake table.

    `key` names the columns that identify a row (empty: rows have no key). `partition` is the Delta partition
    column, held in the path and not in the files. `sort` orders the rows of every file.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partition: str | None = None
    sort: tuple[str, ...] = ()
    plain: tuple[str, ...] = field(default=())
    """Columns written without a Parquet dictionary (ids, hashes, durations: nearly every value is new)."""
    delta_packed: tuple[str, ...] = field(default=())
    """Integer columns written DELTA_BINARY_PACKED (nearly sorted times and offsets)."""
    settled_plain: tuple[str, ...] = field(default=())
    """Columns that compaction leaves to zstd alone: packing hides what steps of all sizes share, and a
    dictionary's indices, which are no whole bytes, hide sequences that come again."""
    sought: tuple[str, ...] = field(default=())
    """Text columns with a Bloom filter: rows are looked up by them, and lie in another order."""

    def __hash__(self) -> int:
        # Schemas are cached by table, and looked up for every column of every file.
        return hash(self.name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns that Parquet files hold: all but the partition column."""
        return tuple(c for c in self.columns if c.name != self.partition)

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


EVENT_DATE = Column(
    "event_date", "date", "UTC date of the row's time; 1970-01-01 when the time is out of range"
)
ATTRIBUTES = Column(
    "attributes", "map", "Attributes that are not promoted, as text (see attribute_types for their types)"
)
ATTRIBUTE_TYPES = Column(
    "attribute_types",
    "string",
    "A letter per map entry, in order: s string, i int, d double, b boolean, y bytes, a array, m map, n none",
)
DROPPED_ATTRIBUTES = Column(
    "dropped_attributes_count", "bigint", "Attributes that the source dropped before export"
)
RESOURCE_KEY = Column("resource_key", "bigint", "Content hash of the resource; joins resources")
SCOPE_KEY = Column("scope_key", "bigint", "Content hash of the instrumentation scope; joins scopes")
SERVICE_NAME = Column("service_name", "string", "service.name of the resource; null when it has none", True)
INGEST_BATCH = Column("ingest_batch", "bigint", "Batch number of the ingest run that wrote the row")
