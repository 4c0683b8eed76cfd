"""The spans that an assembly must see though it does not write them: parts of its traces on other dates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa

from warehouse.schemas.parquet import open_parquet, write_rows
from warehouse.schemas.registry import TABLES
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place
from warehouse.traces.files import TraceFile
from warehouse.traces.rows import between, in_registry_types

_SPANS, _LINKS = "context-spans.parquet", "context-links.parquet"
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


@dataclass(frozen=True, slots=True)
class Context:
    """Assembled spans and links of other dates whose traces touch the rewritten dates. They stay."""

    spans: pa.Table
    links: pa.Table

    def of_range(self, low: str, high: str | None) -> Context:
        return Context(between(self.spans, low, high), between(self.links, low, high))


def relation(lake: Place, name: str, files: Collection[TraceFile]) -> str:
    """A FROM item over files of a lake table, with event_date."""
    listed = ", ".join(_text(lake / name / f.path) for f in files)
    return f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'event_date': date}})"


def _text(path: Place) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def save_context(lake: Place, folder: Place, held: dict[str, list[TraceFile]], dates: Sequence[str]) -> None:
    """Write the context of an assembly that rewrites `dates` into its folder; nothing when there is none."""
    if not held["traces"]:
        return
    listed = ", ".join(f"'{day}'" for day in dates)
    with connect(lake) as con:
        con.execute(
            f"""
            create temp table crossing as
            select
                trace_id,
                list_filter(string_split(span_dates, ','), lambda day: day not in ({listed})) as others
            from {relation(lake, "traces", held["traces"])}
            where
                contains(span_dates, ',')
                and list_has_any(string_split(span_dates, ','), [{listed}])
                and len(others) > 0"""
        )
        others = {d for (d,) in con.execute("select distinct unnest(others) from crossing").fetchall()}
        if not others:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns, file in (("spans", SPAN_COLUMNS, _SPANS), ("span_links", LINK_COLUMNS, _LINKS)):
            files = [f for f in held[name] if f.event_date in others]
            if files:
                rows = con.sql(
                    f"""
                    select {", ".join(columns)} from {relation(lake, name, files)}
                    where trace_id in (select trace_id from crossing)
                    order by trace_id, span_id"""
                )
                write_rows(rows.to_arrow_table(), folder / file)


def load_context(folder: Place) -> Context:
    """The context of an assembly; empty tables when it has none."""
    return Context(
        _load(folder / _SPANS, "spans", SPAN_COLUMNS), _load(folder / _LINKS, "span_links", LINK_COLUMNS)
    )


def _load(file: Place, name: str, columns: tuple[str, ...]) -> pa.Table:
    if not file.exists():
        return in_registry_types(None, TABLES[name], columns)
    return in_registry_types(open_parquet(file).read(), TABLES[name], columns)
