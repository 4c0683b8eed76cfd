"""Rows of one lake table out of a split's bytes: batch after batch in bounded memory, no lake written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Full, Queue

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import _native
from warehouse.otlp.ahead import opened_ahead
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.convert import ConvertResult, RangeSink
from warehouse.otlp.forms import feed_range
from warehouse.otlp.pending import RECORD_LIMIT
from warehouse.otlp.splits import Split
from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.parquet import NativeFormat, native_formats
from warehouse.schemas.promoted import decoder_columns
from warehouse.schemas.registry import TABLES

_BATCH_BYTES = 16 * 1024 * 1024
"""Decoded source bytes after which rows are handed over."""
_WAITING_BATCHES = 2
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Reading:
    """Which rows are wanted: columns of a table that decoding fills, number and time of their batch."""

    table: str
    columns: tuple[str, ...]
    number: int
    now_unix_nano: int
    record_limit: int = RECORD_LIMIT
    max_decompressed: int = DECOMPRESSED_LIMIT


def read_rows(split: Split, reading: Reading, result: ConvertResult) -> Iterator[pa.Table]:
    """Rows of the table in the wanted columns; what the split held is in `result` when the last one is out.

    Bad bytes are counted, and are rows of the table `rejects`. Tables of entities repeat an entity in
    every batch that it occurs in. A file that cannot be read is one reject.
    """
    feed = _Feed(split, reading, result)
    feed.start()
    try:
        while (rows := feed.rows.get()) is not None:
            yield rows
    finally:
        feed.is_over.set()
        feed.join()
    if feed.error:
        raise feed.error


def _formats(reading: Reading) -> dict[str, NativeFormat]:
    """Layouts of the wanted columns alone: all else is decoded, but never encoded."""
    formats = native_formats()
    columns, row_group, level = formats[reading.table]
    wanted = [column for column in columns if column[0] in reading.columns] or columns[:1]
    unwanted: NativeFormat = ([], row_group, level)
    return dict.fromkeys(formats, unwanted) | {reading.table: (wanted, row_group, level)}


def _rows(reading: Reading, days: int | None, content: bytes, rows: int) -> pa.Table:
    schema = arrow_schema(TABLES[reading.table])
    table = pq.ParquetFile(pa.BufferReader(content)).read()
    if days is not None:
        dates = pa.array([days] * rows, pa.int32()).cast(pa.date32())
        table = table.append_column(schema.field("event_date"), dates)
    return table.select(list(reading.columns))


class _Left(Exception):
    """The reader of the rows went away before their end."""


class _Feed(threading.Thread):
    """Decodes in a thread of its own: framing pushes bytes, while readers pull rows."""

    def __init__(self, split: Split, reading: Reading, result: ConvertResult) -> None:
        super().__init__(daemon=True)
        self.decoder = _native.Decoder(decoder_columns(), reading.number, reading.now_unix_nano)
        self.rows: Queue[pa.Table | None] = Queue(_WAITING_BATCHES)
        self.is_over = threading.Event()
        self.error: BaseException | None = None
        self._formats = _formats(reading)
        self._split, self._reading, self._result = split, reading, result
        self._bytes = 0

    def run(self) -> None:
        try:
            for piece, opener in opened_ahead(self._split.ranges):
                sink = RangeSink(self, piece)
                limits = self._reading.record_limit, self._reading.max_decompressed
                end = feed_range(piece, opener.open, sink, sink.block_hashes, *limits)
                self._result.ranges.append(sink.result(end))
            self._hand_over()
            self._put(None)
        except _Left:
            pass
        except BaseException as error:
            self.error = error
            with suppress(_Left):
                self._put(None)

    def decoded(self, size: int) -> None:
        self._bytes += size
        if self._bytes >= _BATCH_BYTES:
            self._hand_over()

    def _hand_over(self) -> None:
        self._bytes = 0
        for _, days, content, rows, _ in self.decoder.finish(self._formats):
            self._put(_rows(self._reading, days, content, rows))

    def _put(self, rows: pa.Table | None) -> None:
        while not self.is_over.is_set():
            try:
                return self.rows.put(rows, timeout=_LOOK_SECONDS)
            except Full:
                continue
        raise _Left
