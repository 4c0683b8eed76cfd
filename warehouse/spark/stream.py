"""`spark.readStream.format("otlp")`: OTLP files that appear and grow, every record once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql.datasource import DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import (
    ReadAllAvailable,
    ReadLimit,
    ReadMaxBytes,
    ReadMaxFiles,
    SupportsTriggerAvailableNow,
)

from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.batches import BatchFolder
from warehouse.otlp.convert import ConvertResult
from warehouse.otlp.reading import Reading, read_rows
from warehouse.spark.source import SplitPartition
from warehouse.spark.source_options import SourceOptions
from warehouse.spark.stream_log import StreamLog


class OtlpStreamReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Offsets are numbers of micro-batches whose plans lie in `progressLocation`."""

    def __init__(self, options: SourceOptions, columns: pa.Schema) -> None:
        if options.progress is None:
            raise WarehouseError(
                "A stream needs a folder of its own to note what it has read: "
                '.option("progressLocation", "PATH"), one that driver and executors share.',
                USAGE,
            )
        self._options, self._columns = options, columns
        self._progress = Path(options.progress).absolute()
        self._opened: StreamLog | None = None

    def _log(self) -> StreamLog:
        # Readers travel to executors, which need no log and must not lock it.
        if self._opened is None:
            self._opened = StreamLog(self._options)
        return self._opened

    def initialOffset(self) -> dict[str, int]:
        return {"batch": self._log().done()}

    def getDefaultReadLimit(self) -> ReadLimit:
        if self._options.max_files:
            return ReadMaxFiles(self._options.max_files)
        return ReadMaxBytes(self._options.max_bytes) if self._options.max_bytes else ReadAllAvailable()

    def prepareForTriggerAvailableNow(self) -> None:
        self._log().stop_growing()

    def latestOffset(self, start: dict[str, int], limit: ReadLimit) -> dict[str, int]:
        planned = self._log().planned_after(start["batch"])
        if not planned:
            return start
        return {"batch": planned[-1] if isinstance(limit, ReadAllAvailable) else planned[0]}

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> Sequence[InputPartition]:
        found: list[InputPartition] = []
        for number in range(start["batch"] + 1, end["batch"] + 1):
            plan = self._log().plan(number)
            columns, limit = tuple(self._columns.names), self._options.max_decompressed
            when = plan.now_unix_nano
            reading = Reading(self._options.table, columns, number, when, max_decompressed=limit)
            found += [SplitPartition(split, reading) for split in plan.splits]
        return found

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, SplitPartition)
        result = ConvertResult(partition.split.index)
        for rows in read_rows(partition.split, partition.reading, result):
            yield from rows.select(self._columns.names).cast(self._columns).to_batches()
        BatchFolder(self._progress, partition.reading.number).save_result(result)

    def commit(self, end: dict[str, Any]) -> None:
        self._log().finish(end["batch"])
        self._log().forget_before(end["batch"])

    def stop(self) -> None:
        if self._opened is not None:
            self._opened.close()
