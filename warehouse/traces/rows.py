"""Reading the rows of one range of trace ids out of many files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.schemas.arrow import ARROW_TYPES, arrow_schema
from warehouse.schemas.model import Table
from warehouse.schemas.parquet import open_parquet
from warehouse.stores.places import Place
from warehouse.traces.copies import CHUNK_ROWS, folded
from warehouse.traces.files import TraceFile
from warehouse.traces.plan import Unit
from warehouse.traces.promoting import with_promoted


class Cursor:
    """Reads one file range by range, ascending, decoding each row group once.

    `columns` are lake columns, `none` a table of them without rows; event_date comes from the file's
    partition. With `is_sorted` the file's rows ascend by trace id; otherwise every range reads the row groups
    that may hold one of its ids.
    """

    def __init__(
        self, folder: Place, table: Table, file: TraceFile, columns: Sequence[str], none: pa.Table
    ) -> None:
        self._file, self._table, self._columns = file, table, [c for c in columns if c != table.partition]
        self._path = folder / file.path
        self._is_sorted = table.sort[0] == "trace_id"
        self._reader: pq.ParquetFile | None = None
        self._none, self._rest = none, none
        self._next = 0
        self.decoded = 0

    def rows(self, low: str, high: str | None) -> pa.Table:
        """Rows with a trace id of [low, high). Ranges must ascend."""
        if not self._file.overlaps(low, high) and not self._rest.num_rows:
            return self._rest
        reader = self._open()
        if not self._is_sorted:
            groups = [g for g in range(reader.num_row_groups) if self._may_hold(g, low, high)]
            return between(self._read(groups), low, high)
        begin = self._next
        while self._next < reader.num_row_groups and (high is None or self._bounds(self._next)[0] < high):
            self._next += 1
        groups = [g for g in range(begin, self._next) if self._may_hold(g, low, None)]
        found = pa.concat_tables([self._rest, self._read(groups)])
        end = found.num_rows if high is None else _before(found, high)
        # No slice, which would hold all rows in memory.
        self._rest = found.slice(end) if end < found.num_rows else self._none
        if high is None or self._file.high < high:
            self._reader = None
        begin = min(_before(found, low), end)
        return found.slice(begin, end - begin)

    def _open(self) -> pq.ParquetFile:
        if self._reader is None:
            self._reader = open_parquet(self._path, memory_map=True)
            names = [
                self._reader.metadata.schema.column(i).path for i in range(self._reader.metadata.num_columns)
            ]
            self._ids = names.index("trace_id")
        return self._reader

    def _bounds(self, group: int) -> tuple[str, str]:
        statistics = self._open().metadata.row_group(group).column(self._ids).statistics
        if statistics is None or not statistics.has_min_max:
            return self._file.low, self._file.high
        return statistics.min, statistics.max

    def _may_hold(self, group: int, low: str, high: str | None) -> bool:
        least, greatest = self._bounds(group)
        return greatest >= low and (high is None or least < high)

    def _read(self, groups: list[int]) -> pa.Table:
        found = [self._none]
        for some in _chunks(self._open().metadata, groups):
            rows = self._open().read_row_groups(some, self._columns, use_threads=False)
            self.decoded += rows.num_rows
            rows = of_partition(rows, self._table, self._file.event_date, self._columns)
            found.append(folded(self._table.name, rows))
        return pa.concat_tables(found)


def _chunks(metadata: pq.FileMetaData, groups: list[int]) -> Iterator[list[int]]:
    """Row groups that are decoded together."""
    some, rows = [], 0
    for group in groups:
        some.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= CHUNK_ROWS:
            yield some
            some, rows = [], 0
    if some:
        yield some


class Cursors:
    """Reads the files of a table unit by unit; units of each date must ascend."""

    def __init__(
        self, folder: Place, table: Table, files: Sequence[TraceFile], columns: Sequence[str]
    ) -> None:
        self.none = folded(table.name, in_registry_types(None, table, _date_last(columns)))
        self._of_date: dict[str, list[Cursor]] = {}
        for file in files:
            cursor = Cursor(folder, table, file, columns, self.none)
            self._of_date.setdefault(file.event_date, []).append(cursor)

    @property
    def decoded(self) -> int:
        """Rows decoded so far."""
        return sum(c.decoded for cursors in self._of_date.values() for c in cursors)

    def rows(self, unit: Unit) -> pa.Table:
        """The unit's rows, event_date last."""
        cursors = [c for day in unit.dates for c in self._of_date.get(day, ())]
        return pa.concat_tables([self.none, *(c.rows(unit.low, unit.high) for c in cursors)])


def _date_last(columns: Sequence[str]) -> list[str]:
    """As rows of files come: what the file holds, then the date, which its folder tells."""
    return [*(c for c in columns if c != "event_date"), "event_date"]


def of_partition(rows: pa.Table, table: Table, day: str, columns: Sequence[str]) -> pa.Table:
    """Rows of a partition's file as `columns` in the registry's types, then the partition column.

    What the file keeps in maps that has a column by now is in the column.
    """
    dates = pa.repeat(pa.scalar(date.fromisoformat(day), ARROW_TYPES["date"]), rows.num_rows)
    lacking = set(columns).difference(rows.column_names)
    typed = in_registry_types(rows.append_column("event_date", dates), table, (*columns, "event_date"))
    return with_promoted(typed, table, lacking)


def in_registry_types(rows: pa.Table | None, table: Table, columns: Sequence[str]) -> pa.Table:
    """Some columns of a table in the registry's types; no rows when `rows` is None.

    Files that are older than a promoted attribute lack its column, which is then null.
    """
    whole = arrow_schema(table)
    schema = pa.schema([whole.field(name) for name in columns])
    if rows is None:
        return schema.empty_table()
    for name in set(columns).difference(rows.column_names):
        rows = rows.append_column(name, pa.nulls(rows.num_rows, schema.field(name).type))
    return rows.select(columns).cast(schema)


def between(rows: pa.Table, low: str, high: str | None) -> pa.Table:
    """Rows with a trace id of [low, high)."""
    if low and rows.num_rows:
        rows = rows.filter(pc.greater_equal(rows["trace_id"], low))
    if high is not None and rows.num_rows:
        rows = rows.filter(pc.less(rows["trace_id"], high))
    return rows


def _before(rows: pa.Table, bound: str) -> int:
    """Rows before an id among rows that ascend by trace id."""
    return (pc.sum(pc.less(rows["trace_id"], bound)).as_py() or 0) if bound else 0
