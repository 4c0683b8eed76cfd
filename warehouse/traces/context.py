"""The spans that an assembly must see though it does not write them: parts of its traces on other dates."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.schemas.registry import TABLES
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


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database for questions to the lake's files."""
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        yield con
    finally:
        con.close()


def relation(lake: Path, name: str, files: Collection[TraceFile]) -> str:
    """A FROM item over files of a lake table, with event_date."""
    listed = ", ".join(_text(lake / name / f.path) for f in files)
    return f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'event_date': date}})"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def save_context(lake: Path, folder: Path, held: dict[str, list[TraceFile]], dates: Sequence[str]) -> None:
    """Write the context of an assembly that rewrites `dates` into its folder; nothing when there is none."""
    if not held["traces"]:
        return
    listed = ", ".join(f"'{day}'" for day in dates)
    with connect() as con:
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
                con.execute(
                    f"""
                    copy (
                        select {", ".join(columns)} from {relation(lake, name, files)}
                        where trace_id in (select trace_id from crossing)
                        order by trace_id, span_id
                    ) to {_text(folder / file)} (format parquet)"""
                )


def load_context(folder: Path) -> Context:
    """The context of an assembly; empty tables when it has none."""
    return Context(
        _load(folder / _SPANS, "spans", SPAN_COLUMNS), _load(folder / _LINKS, "span_links", LINK_COLUMNS)
    )


def _load(file: Path, name: str, columns: tuple[str, ...]) -> pa.Table:
    if not file.exists():
        return in_registry_types(None, TABLES[name], columns)
    return in_registry_types(pq.ParquetFile(file).read(), TABLES[name], columns)
