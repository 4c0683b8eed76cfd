"""Reading the rows of one range of trace ids out of many files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.schemas.arrow import ARROW_TYPES, arrow_schema
from warehouse.schemas.dictionaries import keeping_dictionaries
from warehouse.schemas.model import Table
from warehouse.schemas.parquet import few_valued, open_parquet
from warehouse.stores.places import Place
from warehouse.traces.copies import CHUNK_ROWS, folded
from warehouse.traces.files import TraceFile
from warehouse.traces.plan import Unit
from warehouse.traces.promoting import with_promoted

_SMALL_PIECE = 2_048
"""Rows below which a piece is not worth being a chunk of its own."""


class Cursor:
    """Reads one file range by range, ascending, decoding each row group once.

    Rows of most tables ascend by trace id; otherwise every range reads the row groups that may hold one of
    its ids.
    """

    def __init__(self, path: Place, file: TraceFile, table: Table, columns: Sequence[str]) -> None:
        self._path, self._file, self._table, self._columns = path, file, table, list(columns)
        self._is_sorted = table.sort[0] == "trace_id"
        self._reader: pq.ParquetFile | None = None
        self._rest: pa.Table | None = None
        self._next = 0
        self.decoded = 0

    def pieces(self, low: str, high: str | None) -> Iterator[pa.Table]:
        """Rows with a trace id of [low, high), as the file holds them, `CHUNK_ROWS` or little more at a time.

        Ranges must ascend.
        """
        if not self._file.overlaps(low, high) and self._rest is None:
            return
        reader = self._open()
        if not self._is_sorted:
            groups = [g for g in range(reader.num_row_groups) if self._may_hold(g, low, high)]
            yield from (between(rows, low, high) for rows in self._decoded(groups))
            return
        begin = self._next
        while self._next < reader.num_row_groups and (high is None or self._bounds(self._next)[0] < high):
            self._next += 1
        groups = [g for g in range(begin, self._next) if self._may_hold(g, low, None)]
        rest, self._rest = self._rest, None
        for rows in (*((rest,) if rest is not None else ()), *self._decoded(groups)):
            end = rows.num_rows if high is None else _before(rows, high)
            if end < rows.num_rows:
                # No slice, which would hold all rows in memory.
                more = rows.slice(end).combine_chunks()
                self._rest = more if self._rest is None else pa.concat_tables([self._rest, more])
            first = min(_before(rows, low), end)
            yield rows.slice(first, end - first)
        if high is None or self._file.high < high:
            self._reader = None

    def _open(self) -> pq.ParquetFile:
        if self._reader is None:
            repeated = repeating(self._table, self._path)
            self._reader = open_parquet(self._path, memory_map=True, read_dictionary=sorted(repeated))
            self._ids = _place_of(self._reader.metadata, "trace_id")
        return self._reader

    def _bounds(self, group: int) -> tuple[str, str]:
        statistics = self._open().metadata.row_group(group).column(self._ids).statistics
        if statistics is None or not statistics.has_min_max:
            return self._file.low, self._file.high
        return statistics.min, statistics.max

    def _may_hold(self, group: int, low: str, high: str | None) -> bool:
        least, greatest = self._bounds(group)
        return greatest >= low and (high is None or least < high)

    def _decoded(self, groups: list[int]) -> Iterator[pa.Table]:
        for some in _chunks(self._open().metadata, groups):
            rows = self._open().read_row_groups(some, self._columns, use_threads=False)
            self.decoded += rows.num_rows
            yield rows


def repeating(table: Table, file: Place, groups: Sequence[int] = ()) -> set[str]:
    """Text columns of spans that have few values in these row groups of a file, in all when none are given.

    They stay dictionaries from here into the files that are written.
    """
    if table.name not in ("spans_landing", "spans"):
        return set()
    texts = {column.name for column in table.file_columns if column.type == "string"}
    metadata = open_parquet(file).metadata
    found = few_valued(metadata, groups or range(metadata.num_row_groups))
    return found & texts.difference(table.plain)


def _place_of(metadata: pq.FileMetaData, column: str) -> int:
    return [metadata.schema.column(i).path for i in range(metadata.num_columns)].index(column)


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
    """Reads the files of a table unit by unit; units of each date must ascend.

    `columns` are lake columns; event_date comes from the files' partitions.
    """

    def __init__(
        self, folder: Place, table: Table, files: Sequence[TraceFile], columns: Sequence[str]
    ) -> None:
        self._table, self._columns = table, [c for c in columns if c != table.partition]
        self.none = folded(table.name, in_registry_types(None, table, [*self._columns, "event_date"]))
        self._of_date: dict[str, list[Cursor]] = {}
        for file in files:
            cursor = Cursor(folder / file.path, file, table, self._columns)
            self._of_date.setdefault(file.event_date, []).append(cursor)

    @property
    def decoded(self) -> int:
        """Rows decoded so far."""
        return sum(c.decoded for cursors in self._of_date.values() for c in cursors)

    def rows(self, unit: Unit) -> Iterator[pa.Table]:
        """The unit's rows piece by piece, event_date last; the first piece is empty."""
        yield self.none
        for day in unit.dates:
            cursors = self._of_date.get(day, ())
            pieces = (piece for c in cursors for piece in c.pieces(unit.low, unit.high))
            yield from typed(pieces, self._table, day, self._columns)


def typed(pieces: Iterable[pa.Table], table: Table, day: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Pieces of files of a partition as `of_partition` gives them, equal copies folded.

    Small pieces of one schema become one table: types are looked at column by column, whatever the rows.
    """

    def whole(some: list[pa.Table]) -> pa.Table:
        rows = pa.concat_tables(some)
        if len(some) > 1 and rows.num_rows < len(some) * _SMALL_PIECE:
            rows = rows.combine_chunks()
        return folded(table.name, of_partition(rows, table, day, columns))

    some: list[pa.Table] = []
    held = 0
    for piece in pieces:
        if some and (held >= CHUNK_ROWS or piece.schema != some[0].schema):
            yield whole(some)
            some, held = [], 0
        if piece.num_rows:
            some.append(piece)
            held += piece.num_rows
    if some:
        yield whole(some)


def of_partition(rows: pa.Table, table: Table, day: str, columns: Sequence[str]) -> pa.Table:
    """Rows of a partition's file as `columns` in the registry's types, then the partition column.

    What the file keeps in maps that has a column by now is in the column.
    """
    dates = pa.repeat(pa.scalar(date.fromisoformat(day), ARROW_TYPES["date"]), rows.num_rows)
    lacking = set(columns).difference(rows.column_names)
    typed = in_registry_types(rows.append_column("event_date", dates), table, (*columns, "event_date"))
    return with_promoted(typed, table, lacking)


def in_registry_types(rows: pa.Table | None, table: Table, columns: Sequence[str]) -> pa.Table:
    """Some columns of a table in the registry's types, or dictionaries of such; none when `rows` is None.

    Files that are older than a promoted attribute lack its column, which is then null.
    """
    whole = arrow_schema(table)
    schema = pa.schema([whole.field(name) for name in columns])
    if rows is None:
        return schema.empty_table()
    schema = keeping_dictionaries(schema, rows.schema)
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
