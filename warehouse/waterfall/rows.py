"""The rows of one trace, read from the few files of the lake that can hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.snapshot import pinned_versions
from warehouse.lake.tables import open_table
from warehouse.schemas.promoted import promoted_in
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place
from warehouse.traces.files import TraceFile, trace_files

Row = dict[str, Any]
_BEHIND_HEX = "g"
_SHOWN = 5
MOST_SPANS = 50_000
"""Spans held of one trace: a broken propagator may give one id to millions."""
_EARLIEST = "order by start_time_unix_nano, span_id limit "
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_ATTRIBUTES = ("attributes", "attribute_types")
_CONVERT: dict[str, Callable[[str], Any]] = {
    "i": int,
    "b": lambda text: text == "true",
    "n": lambda text: None,
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace: its row of `traces`, its spans, and their events, links and violations.

    Of more than MOST_SPANS spans the earliest are here, with what hangs on them.
    """

    trace: Row
    spans: list[Row]
    events: list[Row]
    links: list[Row]
    violations: list[Row]

    @property
    def trace_id(self) -> str:
        return str(self.trace["trace_id"])

    @property
    def unread(self) -> int:
        """Spans that the lake holds beyond those that are here."""
        return int(self.trace["span_count"]) - len(self.spans)


def read_trace(lake: Place, text: str) -> Trace:
    """The trace whose id is, or begins with, the text; a W3C traceparent is taken too.

    Raises WarehouseError when there is no lake, no such trace, or more than one.
    """
    reader = _Reader(lake)
    trace_id = _resolved(reader, _hex(text))
    (trace,) = reader.rows("traces", trace_id)
    dates = str(trace["span_dates"]).split(",")
    spans = reader.rows("spans", trace_id, dates, f"{_EARLIEST}{MOST_SPANS}")
    here = [row["span_id"] for row in spans] if len(spans) < trace["span_count"] else None
    of_spans = partial(reader.rows, trace_id=trace_id, dates=dates, of=here)
    return Trace(
        trace | {"critical_path_by_service": _numbers(trace["critical_path_by_service"])},
        [_span(row) for row in spans],
        [_attributed(row, "span_events") for row in of_spans("span_events")],
        [_attributed(row, "span_links") for row in of_spans("span_links")],
        of_spans("integrity_violations"),
    )


def _hex(text: str) -> str:
    asked = text.strip().lower()
    parent = _TRACEPARENT.fullmatch(asked)
    asked = parent[1] if parent else asked
    if not re.fullmatch(r"[0-9a-f]+", asked):
        raise WarehouseError(
            f"{text} is no trace id: give hexadecimal digits, the first ones suffice.", USAGE
        )
    return asked


def _resolved(reader: _Reader, asked: str) -> str:
    found = reader.ids("traces", asked)
    if asked in found or len(found) == 1:
        return asked if asked in found else found[0]
    if found:
        more = ", …" if len(found) > _SHOWN else ""
        raise WarehouseError(
            f"Several traces begin with {asked} ({', '.join(found[:_SHOWN])}{more}): give more of the id.",
            USAGE,
        )
    if reader.ids("spans_landing", asked):
        raise WarehouseError(
            f"Trace {asked} has landed and is not assembled yet: run `otlp-warehouse assemble` first."
        )
    raise WarehouseError(f"There is no trace {asked} in the lake: check the id, or ingest its export.", USAGE)


class _Reader:
    """Reads tables of the newest complete batch; files are chosen by the trace ids that they can hold."""

    def __init__(self, lake: Place) -> None:
        self._lake, self._versions = lake, pinned_versions(lake)
        self._con = connect(lake)

    def ids(self, table: str, prefix: str) -> list[str]:
        """The first trace ids that begin with the prefix, one more than are shown to people."""
        end = prefix + _BEHIND_HEX
        files = [f for f in self._files(table) if f.overlaps(prefix, end)]
        found = self._query(
            table,
            files,
            f"select distinct trace_id from {{files}} where trace_id >= $1 and trace_id < $2 "
            f"order by trace_id limit {_SHOWN + 1}",
            [prefix, end],
        )
        return [row["trace_id"] for row in found]

    def rows(
        self,
        table: str,
        trace_id: str,
        dates: Sequence[str] | None = None,
        ending: str = "",
        of: list[str] | None = None,
    ) -> list[Row]:
        """All rows of the trace, those of some event dates and spans, or of none, when they are given."""
        files = [
            f
            for f in self._files(table)
            if f.low <= trace_id <= f.high and (dates is None or f.event_date in dates)
        ]
        query = "from {files} where trace_id = $1"
        if of is None:
            return self._query(table, files, f"{query} {ending}", [trace_id])
        query += " and (span_id is null or span_id in (select unnest($2::varchar[])))"
        return self._query(table, files, query, [trace_id, of])

    def _files(self, table: str) -> list[TraceFile]:
        return trace_files(self._lake / table, open_table(self._lake, table, self._versions[table]))

    def _query(self, table: str, files: Sequence[TraceFile], query: str, values: list[Any]) -> list[Row]:
        if not files:
            return []
        paths = ", ".join("'" + str(self._lake / table / f.path).replace("'", "''") + "'" for f in files)
        # By name: files may be older than an attribute's column.
        options = "hive_partitioning = true, hive_types = {'event_date': date}, union_by_name = true"
        source = f"read_parquet([{paths}], {options})"
        found = self._con.execute(query.format(files=source), values)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _numbers(values: dict[str, str]) -> dict[str, int]:
    return {name: int(value) for name, value in values.items()}


def _span(row: Row) -> Row:
    return _attributed(row, "spans") | {
        "end_time_unix_nano": row["start_time_unix_nano"] + row["duration_nano"]
    }


def _attributed(row: Row, table: str) -> Row:
    """The row with one dictionary of attributes: promoted columns and the map, each value of its own type."""
    values = {
        k: _value(v, t) for (k, v), t in zip(row["attributes"].items(), row["attribute_types"], strict=True)
    }
    promoted = {p.key: v for p in promoted_in(table) if (v := row.get(p.column.name)) is not None}
    columns = {p.column.name for p in promoted_in(table)}
    rest = {k: v for k, v in row.items() if k not in columns and k not in _ATTRIBUTES}
    return rest | {"attributes": promoted | values}


def _value(text: str, letter: str) -> Any:
    if letter in "am":
        return json.loads(text)
    if letter == "d" and text not in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    return _CONVERT[letter](text) if letter in _CONVERT else text
