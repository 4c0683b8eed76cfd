"""One trace of the lake: an outline of all its spans, and everything of some of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from warehouse.errors import USAGE, WarehouseError
from warehouse.schemas.promoted import promoted_in
from warehouse.stores.places import Place
from warehouse.waterfall.tables import Row, TraceTables

OUTLINE = (
    "span_id",
    "parent_span_id",
    "service_name",
    "name",
    "start_time_unix_nano",
    "duration_nano",
    "status_code",
    "status_message",
    "is_orphan",
    "duplicate_count",
)
MOST_SPANS = 50_000
"""Spans held of one trace: a broken propagator may give one id to millions."""
_BEHIND_HEX = "g"
_SHOWN = 5
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_ATTRIBUTES = ("attributes", "attribute_types")
_CONVERT: dict[str, Callable[[str], Any]] = {
    "i": int,
    "b": lambda text: text == "true",
    "n": lambda text: None,
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace: its row of `traces`, an outline of its spans, and what it violates as a whole.

    `spans` have the columns of OUTLINE; of more than MOST_SPANS the earliest are here. `fixes` are the
    different pieces of advice for the violations of the trace and of all its spans, the most needed first.
    """

    trace: Row
    spans: list[Row]
    violations: list[Row]
    fixes: list[str]

    @property
    def trace_id(self) -> str:
        return str(self.trace["trace_id"])

    @property
    def unread(self) -> int:
        """Spans that the lake holds beyond those that are here."""
        return int(self.trace["span_count"]) - len(self.spans)


@dataclass(frozen=True, slots=True)
class Details:
    """What hangs on some spans of a trace."""

    events: list[Row]
    links: list[Row]
    violations: list[Row]


class StoredTrace:
    """The trace of a lake whose id is, or begins with, the text; a W3C traceparent is taken too.

    Raises WarehouseError when there is no lake, no such trace, or more than one.
    """

    def __init__(self, lake: Place, text: str) -> None:
        self._tables = TraceTables(lake)
        self._id = _resolved(self._tables, _hex(text))
        (self._trace,) = self._rows("traces", "*")
        self._dates = str(self._trace["span_dates"]).split(",")

    def outline(self) -> Trace:
        """The whole trace, but of its spans only what tells their order, places and times."""
        # Spans without a valid id belong to no trace, whatever id of one they bear: what is wrong is told.
        spans = self._rows(
            "spans",
            ", ".join(OUTLINE),
            f"and is_root is not null order by start_time_unix_nano, span_id limit {MOST_SPANS}",
        )
        of_trace = self._rows("integrity_violations", "*", "and (span_id is null or finding = 'bad_span_id')")
        fixes = self._rows(
            "integrity_violations",
            "fix",
            "and severity <> 'info' group by fix order by count(*) desc, fix",
        )
        paths = {k: int(v) for k, v in self._trace["critical_path_by_service"].items()}
        return Trace(
            self._trace | {"critical_path_by_service": paths}, spans, of_trace, [row["fix"] for row in fixes]
        )

    def spans(self, span_ids: Sequence[str]) -> list[Row]:
        """Some spans with every column, and the end of each."""
        return [
            row | {"end_time_unix_nano": row["start_time_unix_nano"] + row["duration_nano"]}
            for row in _attributed(self._of("spans", span_ids), "spans")
        ]

    def details(self, span_ids: Sequence[str]) -> Details:
        return Details(
            _attributed(self._of("span_events", span_ids), "span_events"),
            _attributed(self._of("span_links", span_ids), "span_links"),
            self._of("integrity_violations", span_ids),
        )

    def _of(self, table: str, span_ids: Sequence[str]) -> list[Row]:
        return self._rows(table, "*", "and span_id in (select unnest($2::varchar[]))", list(span_ids))

    def _rows(self, table: str, columns: str, ending: str = "", *values: Any) -> list[Row]:
        """Columns of the trace's rows; `ending` follows the condition on its id, $2 is the first value."""
        files = [
            f
            for f in self._tables.files(table)
            if f.low <= self._id <= f.high and (table == "traces" or f.event_date in self._dates)
        ]
        query = f"select {columns} from {{files}} where trace_id = $1 {ending}"
        return self._tables.query(table, files, query, [self._id, *values])


def _hex(text: str) -> str:
    asked = text.strip().lower()
    parent = _TRACEPARENT.fullmatch(asked)
    asked = parent[1] if parent else asked
    if not re.fullmatch(r"[0-9a-f]+", asked):
        raise WarehouseError(
            f"{text} is no trace id: give hexadecimal digits, the first ones suffice.", USAGE
        )
    return asked


def _resolved(tables: TraceTables, asked: str) -> str:
    found = _ids(tables, "traces", asked)
    if asked in found or len(found) == 1:
        return asked if asked in found else found[0]
    if found:
        more = ", …" if len(found) > _SHOWN else ""
        raise WarehouseError(
            f"Several traces begin with {asked} ({', '.join(found[:_SHOWN])}{more}): give more of the id.",
            USAGE,
        )
    if _ids(tables, "spans_landing", asked):
        raise WarehouseError(
            f"Trace {asked} has landed and is not assembled yet: run `otlp-warehouse assemble` first."
        )
    raise WarehouseError(f"There is no trace {asked} in the lake: check the id, or ingest its export.", USAGE)


def _ids(tables: TraceTables, table: str, prefix: str) -> list[str]:
    """The first trace ids that begin with the prefix, one more than are shown to people."""
    end = prefix + _BEHIND_HEX
    found = tables.query(
        table,
        [f for f in tables.files(table) if f.overlaps(prefix, end)],
        "select distinct trace_id from {files} where trace_id >= $1 and trace_id < $2 "
        f"order by trace_id limit {_SHOWN + 1}",
        [prefix, end],
    )
    return [row["trace_id"] for row in found]


def _attributed(rows: Iterable[Row], table: str) -> list[Row]:
    """Rows with one dictionary of attributes: promoted columns and the map, each value of its own type."""
    columns = {p.column.name: p.key for p in promoted_in(table)}
    return [
        {k: v for k, v in row.items() if k not in columns and k not in _ATTRIBUTES}
        | {
            "attributes": {columns[k]: v for k, v in row.items() if k in columns and v is not None}
            | {
                k: _value(v, letter)
                for (k, v), letter in zip(row["attributes"].items(), row["attribute_types"], strict=True)
            }
        }
        for row in rows
    ]


def _value(text: str, letter: str) -> Any:
    if letter in "am":
        return json.loads(text)
    if letter == "d" and text not in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    return _CONVERT[letter](text) if letter in _CONVERT else text
