"""Which files are written anew: small neighbours as one, and what settled as it was first written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from deltalake import DeltaTable

from warehouse.lake.assembly_commit import ASSEMBLED_TABLES, DATE_JUDGMENT
from warehouse.lake.commit import DataFile
from warehouse.lake.tables import file_actions
from warehouse.schemas.parquet import open_parquet
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place

LEAST_ROWS, MOST_ROWS = 1_000_000, 4_000_000
FILES_OF_TABLE = 1_500
"""Files of a table that compaction aims at: readers bind a view of 2,000 in 22 ms."""
RECENT = timedelta(days=2)
"""Dates no older than this still grow: what comes for them is assembled at once."""
SETTLED_FILE = "settled-"
"""Beginning of the names of files that compaction wrote."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file of a table's version. `low` and `high` are its trace ids' bounds, "" and None where unknown."""

    data: DataFile
    rows: int
    has_statistics: bool
    low: str
    high: str | None

    @property
    def order(self) -> tuple[str, str]:
        return self.low, self.data.path


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one table and partition that become one file; one alone is written anew."""

    table: str
    index: int
    files: tuple[HeldFile, ...]

    @property
    def rows(self) -> int:
        return sum(f.rows for f in self.files)


def held_files(folder: Place, table: DeltaTable) -> list[HeldFile]:
    """All files of the table's version, by path. `folder` is the table's."""
    found = []
    for row in file_actions(table).to_pylist():
        partition = {
            name.removeprefix("partition."): str(value)
            for name, value in row.items()
            if name.startswith("partition.")
        }
        data = DataFile(unquote(row["path"]), row["size_bytes"], partition)
        rows = row.get("num_records")
        is_told = rows is not None
        rows = rows if is_told else open_parquet(folder / data.path).metadata.num_rows
        found.append(HeldFile(data, rows, is_told, row.get("min.trace_id") or "", row.get("max.trace_id")))
    return sorted(found, key=lambda f: f.data.path)


def plan_compaction(
    lake: Place, tables: dict[str, DeltaTable], today: date, most_rows: int | None = None
) -> list[Group]:
    """Groups of files of the given tables; `most_rows` of a file follow the largest table's size when None.

    A group has at least two files, or one that Delta's log holds no statistics of, or one of a date before
    the recent ones that compaction did not write. Files of assembled tables share the trace-id ranges that
    `spans` gets: assembly rewrites ranges, of all tables together. Running it on what it made gives no group.
    *Not handled*: landing tables, which the next assembly consumes.
    """
    groups: list[Group] = []
    held = {name: _by_partition(held_files(lake / name, table), name) for name, table in tables.items()}
    total = max((sum(f.rows for files in held[n].values() for f in files) for n in held), default=0)
    limit = most_rows or min(max(LEAST_ROWS, total // FILES_OF_TABLE), MOST_ROWS)
    for name, partitions in held.items():
        for partition, files in sorted(partitions.items()):
            if name in ASSEMBLED_TABLES:
                spans = held.get("spans", {}).get(partition, [])
                found = _of_ranges(files, _range_lows(spans, limit))
            else:
                found = _runs([[f] for f in files], limit)
            groups += [Group(name, n, tuple(run)) for n, run in enumerate(found) if _is_worth_it(run, today)]
    return groups


def _is_worth_it(run: list[HeldFile], today: date) -> bool:
    return len(run) > 1 or not run[0].has_statistics or _is_to_settle(run[0].data, today)


def _is_to_settle(file: DataFile, today: date) -> bool:
    """Files of tables without dates change with every batch: they are only ever merged."""
    day = file.partition.get("event_date")
    is_settled = file.path.rpartition("/")[2].startswith(SETTLED_FILE)
    return day is not None and not is_settled and today - date.fromisoformat(day) > RECENT


def _by_partition(files: Iterable[HeldFile], name: str) -> dict[str, list[HeldFile]]:
    found: dict[str, list[HeldFile]] = {}
    for file in files:
        # A judgment's name is its state: see warehouse.traces.judgments.
        if name in ASSEMBLED_TABLES and file.data.path.rpartition("/")[2].startswith(DATE_JUDGMENT):
            continue
        found.setdefault(file.data.partition.get(TABLES[name].partition or "", ""), []).append(file)
    return found


def _runs(clusters: Iterable[list[HeldFile]], limit: int) -> list[list[HeldFile]]:
    """Neighbouring clusters together while they stay within `limit` rows; a cluster is never parted."""
    runs: list[list[HeldFile]] = []
    rows = 0
    for cluster in clusters:
        more = sum(f.rows for f in cluster)
        if runs and rows + more <= limit:
            runs[-1] += cluster
            rows += more
        else:
            runs.append(list(cluster))
            rows = more
    return runs


def _range_lows(spans: Iterable[HeldFile], limit: int) -> list[str]:
    """First trace ids of the ranges of a date, ascending, without that of the first range."""
    clusters: list[list[HeldFile]] = []
    high: str | None = ""
    for file in sorted(spans, key=lambda f: f.order):
        if clusters and (high is None or file.low <= high):
            clusters[-1].append(file)
        else:
            clusters.append([file])
        high = None if high is None or file.high is None else max(high, file.high)
    return [run[0].low for run in _runs(clusters, limit)][1:]


def _of_ranges(files: Iterable[HeldFile], lows: list[str]) -> list[list[HeldFile]]:
    """The files of each range; one that lies in several stays as it is."""
    runs: dict[Any, list[HeldFile]] = {}
    for file in sorted(files, key=lambda f: f.order):
        first = sum(low <= file.low for low in lows)
        last = len(lows) if file.high is None else sum(low <= file.high for low in lows)
        runs.setdefault(first if first == last else file.data.path, []).append(file)
    return list(runs.values())
