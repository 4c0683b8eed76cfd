"""Data files of the lake's trace tables, as their Delta logs describe them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from deltalake import DeltaTable

from warehouse.lake.commit import DataFile
from warehouse.lake.tables import file_actions
from warehouse.schemas.parquet import open_parquet
from warehouse.stores.places import Place


@dataclass(frozen=True, slots=True)
class TraceFile:
    """A file of one event date; `low` and `high` are its least and greatest trace id, both included."""

    path: str
    size: int
    event_date: str
    rows: int
    low: str
    high: str
    modified_ms: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def data_file(self) -> DataFile:
        return DataFile(self.path, self.size, {"event_date": self.event_date})

    def overlaps(self, low: str, high: str | None) -> bool:
        """Whether it may hold a trace id of [low, high); `high` None: without end."""
        return self.high >= low and (high is None or self.low < high)


def trace_files(folder: Place, table: DeltaTable) -> list[TraceFile]:
    """All files of the table's version, by path. `folder` is the table's.

    A file without statistics of its trace ids may hold any; without any statistics its own footer is read.
    """
    actions = file_actions(table)
    if not actions.num_rows:
        return []
    names = set(actions.column_names)

    def column(name: str) -> list[Any]:
        return actions[name].to_pylist() if name in names else [None] * actions.num_rows

    def rows_in(path: str, told: int | None) -> int:
        return open_parquet(folder / path).metadata.num_rows if told is None else told

    files = [
        TraceFile(
            unquote(path),
            size,
            str(date),
            rows_in(unquote(path), rows),
            low or "",
            _last(high, rows is not None and rows == nulls),
            at,
        )
        for path, size, date, rows, low, high, nulls, at in zip(
            column("path"),
            column("size_bytes"),
            column("partition.event_date"),
            column("num_records"),
            column("min.trace_id"),
            column("max.trace_id"),
            column("null_count.trace_id"),
            column("modification_time"),
            strict=True,
        )
    ]
    return sorted(files, key=lambda f: f.path)


def _last(high: str | None, is_without: bool) -> str:
    """The greatest id of a file whose statistics say `high`; "" when no row has an id."""
    return ("" if is_without else "\U0010ffff") if high is None else high


def by_date(files: Iterable[TraceFile]) -> dict[str, list[TraceFile]]:
    """The files of each event date, dates ascending."""
    found: dict[str, list[TraceFile]] = {}
    for file in sorted(files, key=lambda f: (f.event_date, f.path)):
        found.setdefault(file.event_date, []).append(file)
    return found


def to_json(files: Iterable[TraceFile]) -> list[dict[str, Any]]:
    return [asdict(f) for f in files]


def from_json(values: Iterable[dict[str, Any]]) -> tuple[TraceFile, ...]:
    return tuple(TraceFile(**v) for v in values)
