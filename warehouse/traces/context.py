"""The spans that a unit must see though it does not write them: parts of its traces on other dates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa

from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.parquet import open_parquet
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.traces.files import TraceFile
from warehouse.traces.rows import between

TREE_COLUMNS = (
    "event_date",
    "trace_id",
    "span_id",
    "parent_span_id",
    "kind",
    "status_code",
    "start_time_unix_nano",
    "duration_nano",
    "resource_key",
    "service_name",
    "duplicate_count",
)
"""What the kernel needs of every span."""
SPAN_COLUMNS = (*TREE_COLUMNS, "name", "issues")
LINK_COLUMNS = ("event_date", "trace_id", "span_id", "linked_trace_id", "linked_span_id")
_KEY = pa.field("content_key", pa.int64())


def _schema(name: str, columns: Sequence[str], *more: pa.Field) -> pa.Schema:
    whole = arrow_schema(TABLES[name])
    return pa.schema([*(whole.field(c).with_nullable(True) for c in columns), *more])


CONTEXT_SCHEMAS = {
    "spans": _schema("spans", SPAN_COLUMNS, _KEY, pa.field("is_assembled", pa.bool_())),
    "span_links": _schema("span_links", LINK_COLUMNS, _KEY),
    "integrity_violations": arrow_schema(TABLES["integrity_violations"]),
}
"""Of landed rows the key of their content, of assembled ones only where they meet a copy that landed."""


@dataclass(frozen=True, slots=True)
class Context:
    """Spans and links on other dates of traces that touch the dates of a unit, and violations by copies that
    lost there in earlier assemblies. Other units may rewrite them."""

    spans: pa.Table
    links: pa.Table
    conflicts: pa.Table

    def of_range(self, low: str, high: str | None) -> Context:
        return Context(*(between(rows, low, high) for rows in (self.spans, self.links, self.conflicts)))


def relation(lake: Place, name: str, files: Collection[TraceFile]) -> str:
    """A FROM item over files of a lake table, with event_date."""
    listed = ", ".join(_text(lake / name / f.path) for f in files)
    return f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'event_date': date}})"


def _text(path: Place) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def context_file(folder: Place, dates: Sequence[str], name: str) -> Place:
    """Where the folder of an assembly keeps the context of units of these dates, by table."""
    return folder / f"context-{dates[0]}-{name}.parquet"


def load_context(folder: Place, dates: Sequence[str]) -> Context:
    """The context of units of these dates; empty tables when they have none."""
    return Context(*(_load(context_file(folder, dates, name), name) for name in CONTEXT_SCHEMAS))


def _load(file: Place, name: str) -> pa.Table:
    schema = CONTEXT_SCHEMAS[name]
    return open_parquet(file).read().cast(schema) if file.exists() else schema.empty_table()
