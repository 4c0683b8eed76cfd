"""All rows of one unit: what arrived, what was assembled before, and the context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES
from warehouse.traces.context import Context
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.rows import Cursor, in_registry_types

_CHILDREN = ("span_events", "span_links")
LANDING_ONLY = ("content_key", "file_key", "byte_offset", "record_ordinal")
"""Columns of landing spans that assembled ones lack; `content_key` is null on those."""


@dataclass(frozen=True, slots=True)
class UnitRows:
    """Rows of a range of trace ids, landing rows first.

    `spans` holds span columns, LANDING_ONLY (null on assembled rows), `duplicate_count` (0 on landing rows)
    and `is_assembled`. `events` and `links` hold `content_key` likewise. `context` is read only.
    """

    spans: pa.Table
    events: pa.Table
    links: pa.Table
    context: Context


class UnitReader:
    """Reads units in ascending order; every row group of a landing file is decoded once.

    `columns` are the span columns wanted, None: all. Events are read only then.
    """

    def __init__(
        self, lake: Path, plan: AssemblyPlan, context: Context, columns: Sequence[str] | None = None
    ) -> None:
        self._context, self._is_whole = context, columns is None
        wanted = set(columns or TABLES["spans_landing"].column_names)
        self._cursors: dict[str, list[Cursor]] = {}
        self._columns: dict[str, list[str]] = {}
        for name in ("spans", *(_CHILDREN if self._is_whole else ("span_links",))):
            for held, files in (
                (f"{name}_landing", plan.landing[f"{name}_landing"]),
                (name, plan.assembled[name]),
            ):
                read = _columns(TABLES[held], wanted if name == "spans" else None)
                self._columns[held] = read
                self._cursors[held] = [Cursor(lake / held, TABLES[held], f, read) for f in files]

    @property
    def decoded(self) -> int:
        """Span rows decoded so far."""
        return sum(c.decoded for name in ("spans", "spans_landing") for c in self._cursors[name])

    def read(self, unit: Unit) -> UnitRows:
        """The unit's rows."""
        landing = self._rows("spans_landing", unit)
        pa.default_memory_pool().release_unused()  # decoding needs as much again as its result
        landing = landing.append_column(
            "duplicate_count", pa.repeat(pa.scalar(0, pa.int32()), landing.num_rows)
        )
        spans = _both(landing, self._rows("spans", unit))
        flags = [
            pa.repeat(pa.scalar(n == 1), rows)
            for n, rows in enumerate((landing.num_rows, spans.num_rows - landing.num_rows))
        ]
        return UnitRows(
            spans.append_column("is_assembled", pa.chunked_array(flags)),
            self._children("span_events", unit),
            self._children("span_links", unit),
            self._context.of_range(unit.low, unit.high),
        )

    def _children(self, name: str, unit: Unit) -> pa.Table:
        if name not in self._cursors:
            return in_registry_types(None, TABLES[f"{name}_landing"], TABLES[f"{name}_landing"].column_names)
        return _both(self._rows(f"{name}_landing", unit), self._rows(name, unit))

    def _rows(self, name: str, unit: Unit) -> pa.Table:
        none = in_registry_types(None, TABLES[name], (*self._columns[name], "event_date"))
        return pa.concat_tables([none, *(c.rows(unit.low, unit.high) for c in self._cursors[name])])


def _columns(table: Table, wanted: set[str] | None) -> list[str]:
    """File columns to read: those wanted, and of assembled spans only what a landing span has too."""
    names = [c.name for c in table.file_columns]
    if wanted is None:
        return names
    return [n for n in names if n in wanted or n == "duplicate_count"]


def _both(landing: pa.Table, assembled: pa.Table) -> pa.Table:
    """Landing rows, then assembled rows, whose missing columns are null."""
    schema = pa.schema([f.with_nullable(True) for f in landing.schema])
    return pa.concat_tables(
        [landing.cast(schema), assembled.cast(pa.schema([f.with_nullable(True) for f in assembled.schema]))],
        promote_options="default",
    )
