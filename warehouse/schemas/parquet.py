"""How rows of a lake table become a Parquet file, and what Delta is told about it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.schemas.arrow import file_schema
from warehouse.schemas.dictionaries import keeping_dictionaries
from warehouse.schemas.layout import LANDING, PAGE_BYTES, Layout, encoding, leaves
from warehouse.schemas.model import Column, Table
from warehouse.schemas.registry import FACT_TABLES, STAGED_TABLES, TABLES
from warehouse.stores.places import Place, deliver, draft_for, place, readable, write_whole

_FALSE_POSITIVES = 0.01
"""Of a Bloom filter: ten bits a distinct value."""
_SMALL_DICTIONARY = 1024
"""Bytes in the file, compressed: some dozens of values that differ much, or hundreds that do not."""
_STATISTICS_TYPES = ("bigint", "int", "string")


@dataclass(frozen=True, slots=True)
class PartFile:
    """One written file: all that a Delta add action needs. `path` is relative to the table's folder."""

    path: str
    size: int
    partition: dict[str, str]
    modified_ms: int
    rows: int
    stats: str


def statistics_columns(table: Table) -> tuple[str, ...]:
    """Columns whose minimum, maximum and null count are kept: those that readers prune by."""
    wanted = {*table.key, *table.sort, "service_name", "ingest_batch", "batch_id"}
    return tuple(c.name for c in table.file_columns if c.name in wanted and c.type in _STATISTICS_TYPES)


@lru_cache
def _writer_options(table: Table, layout: Layout) -> dict[str, Any]:
    found = leaves(table, layout)
    return {
        "compression": "zstd",
        "compression_level": {leaf.path: leaf.zstd for leaf in found},
        "use_dictionary": [leaf.path for leaf in found if leaf.encoding == "dictionary"],
        "column_encoding": {leaf.path: leaf.encoding for leaf in found if leaf.encoding.startswith("DELTA")},
        "write_statistics": list(statistics_columns(table)),
        "store_schema": False,
        "data_page_size": PAGE_BYTES,
        "max_rows_per_page": layout.row_group,
    }


NativeFormat = tuple[list[tuple[str, str, bool, str, bool]], int, int]
"""A table's columns as (name, type, nullable, encoding, statistics), rows of a row group, level of zstd."""


@cache
def native_formats() -> dict[str, NativeFormat]:
    """What the native writer is told of the tables that decoding fills: PartWriter's layout, ids plain."""
    return {name: _native_format(TABLES[name]) for name in (*FACT_TABLES, *STAGED_TABLES)}


def _native_format(table: Table) -> NativeFormat:
    with_statistics = statistics_columns(table)
    columns: list[tuple[str, str, bool, str, bool]] = [
        (c.name, c.type, c.nullable, _native_encoding(table, c), c.name in with_statistics)
        for c in table.file_columns
    ]
    return columns, LANDING.row_group, LANDING.zstd


def _native_encoding(table: Table, column: Column) -> str:
    if column.type == "map":
        return "dictionary"
    found = encoding(table, column, LANDING)
    return {"DELTA_BINARY_PACKED": "delta", "DELTA_LENGTH_BYTE_ARRAY": "plain"}.get(found, found)


class PartWriter:
    """Writes one Parquet file of a table; `part()` describes it once closed."""

    def __init__(
        self,
        table: Table,
        folder: Place,
        path: str,
        partition: dict[str, str],
        layout: Layout = LANDING,
    ) -> None:
        self._table, self._path, self._partition, self._layout = table, path, partition, layout
        self._place = folder / path
        self._file = draft_for(self._place)
        self._metadata: list[pq.FileMetaData] = []
        self._writer: pq.ParquetWriter | None = None
        self._schema: pa.Schema | None = None

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._forget()
            return
        try:
            (self._writer or self._open(file_schema(self._table).empty_table())).close()
            self._size = self._file.stat().st_size
            deliver(self._file, self._place)
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        """Leave nothing of a file that could not be written: its disk may be full."""
        with suppress(Exception):  # it cannot be closed well either
            if self._writer:
                self._writer.close()
        self._file.unlink(missing_ok=True)

    def write(self, rows: pa.Table) -> None:
        """Append rows that hold at least the file's columns, in any order.

        Dictionaries of the first rows are written as they are; readers find the same plain columns.
        """
        self._schema = self._schema or keeping_dictionaries(file_schema(self._table), rows.schema)
        rows = rows.select(self._schema.names).cast(self._schema)
        self._writer = self._writer or self._open(rows)
        self._writer.write_table(rows, row_group_size=self._layout.row_group)

    def _open(self, first: pa.Table) -> pq.ParquetWriter:
        """The writer, its filters as large as the first row group asks for."""
        group = first.slice(0, self._layout.row_group)
        filters = {
            name: {"ndv": pc.count_distinct(group[name]).as_py() or 1, "fpp": _FALSE_POSITIVES}
            for name in self._table.sought
        }
        return pq.ParquetWriter(
            self._file,
            first.schema,
            metadata_collector=self._metadata,
            bloom_filter_options=filters or None,
            **_writer_options(self._table, self._layout),
        )

    def part(self) -> PartFile:
        """The add action's content. Call after the writer is closed."""
        return PartFile(
            self._path,
            self._size,
            self._partition,
            _now_ms(),
            self._metadata[0].num_rows,
            delta_statistics(self._metadata[0], statistics_columns(self._table)),
        )


def write_file(
    folder: Place, path: str, partition: dict[str, str], content: bytes, rows: int, stats: str
) -> PartFile:
    """Write the bytes of a Parquet file that the native writer made."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.write_bytes(content)
    except OSError:
        if isinstance(file, Path):  # stores take objects whole or not at all
            file.unlink(missing_ok=True)
        raise
    return PartFile(path, len(content), partition, _now_ms(), rows, stats)


def discard_parts(lake: Place, parts: Mapping[str, Iterable[PartFile]]) -> None:
    """Remove files, by table, that nothing will name, as far as that goes.

    A retry writes others, for which there may be no room beside these.
    """
    for table, found in parts.items():
        for part in found:
            with suppress(OSError):
                (lake / table / part.path).unlink(missing_ok=True)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def open_parquet(
    file: str | Place, *, memory_map: bool = False, read_dictionary: Sequence[str] = ()
) -> pq.ParquetFile:
    """A Parquet file for reading, by its place, path or URL. Raises FileNotFoundError when there is none."""
    source = readable(place(file))
    # Requests to a store are few and large when they are known beforehand; a disk needs no such buffers.
    return pq.ParquetFile(
        source,
        memory_map=memory_map,
        pre_buffer=not isinstance(source, Path),
        read_dictionary=list(read_dictionary) or None,
    )


def few_valued(metadata: pq.FileMetaData, groups: Iterable[int]) -> set[str]:
    """Columns of texts that have a small dictionary in each of these row groups."""
    chunks = [metadata.row_group(group) for group in groups]
    return {
        metadata.schema.column(at).path
        for at in range(metadata.num_columns)
        if metadata.schema.column(at).physical_type == "BYTE_ARRAY"
        and all(_has_small_dictionary(chunk.column(at)) for chunk in chunks)
    }


def _has_small_dictionary(chunk: pq.ColumnChunkMetaData) -> bool:
    if not chunk.has_dictionary_page:
        return False
    return bool(chunk.data_page_offset - chunk.dictionary_page_offset <= _SMALL_DICTIONARY)


def is_ours(file: Place) -> bool:
    """Whether the native encoder wrote the file: its rows are then in the order of their table."""
    return str(open_parquet(file).metadata.created_by).startswith("otlp-warehouse ")


def write_rows(rows: pa.Table, file: Place) -> None:
    """Write rows that are no part of a lake table, as they are."""
    out = io.BytesIO()
    pq.write_table(rows, out)
    write_whole(file, out.getvalue())


def write_part(
    table: Table, folder: Place, path: str, partition: dict[str, str], batches: Iterable[pa.Table]
) -> PartFile:
    """Write one landing file from tables of rows, in their order."""
    with PartWriter(table, folder, path, partition) as writer:
        for rows in batches:
            writer.write(rows)
    return writer.part()


def delta_statistics(metadata: pq.FileMetaData, columns: tuple[str, ...]) -> str:
    """Delta statistics JSON from a Parquet footer: numRecords, minValues, maxValues, nullCount.

    A column that some row group has no bounds for (a text beyond the writer's limit) gets none at all.
    """
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    groups = [metadata.row_group(g) for g in range(metadata.num_row_groups)]
    index = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    for name in columns:
        found = [(g.column(index[name]).statistics, g.num_rows) for g in groups]
        if any(s is None or not s.has_null_count for s, _ in found):
            continue
        nulls[name] = sum(s.null_count for s, _ in found)
        bounded = [s for s, rows in found if s.null_count < rows]
        if bounded and all(s.has_min_max for s in bounded):
            low[name] = min(s.min for s in bounded)
            high[name] = max(s.max for s in bounded)
    return json.dumps(
        {"numRecords": metadata.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls}
    )
