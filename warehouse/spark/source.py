"""The data source `otlp`: OTLP files as DataFrames and streams of lake tables."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, Filter, InputPartition
from pyspark.sql.types import StructType

from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.ledger import Ledger
from warehouse.lake.planning import sort_out
from warehouse.otlp.convert import ConvertResult
from warehouse.otlp.reading import Reading, read_rows
from warehouse.otlp.sources import find_files
from warehouse.otlp.splits import Split, plan_splits, split_bytes_for
from warehouse.schemas.spark import spark_schema
from warehouse.spark.row_filters import is_applicable, matching
from warehouse.spark.source_options import SourceOptions, source_options

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from warehouse.spark.stream import OtlpStreamReader

_WORKERS = 16
"""Cores that small sources are split for: planning runs where no session tells their number."""
_PUSHDOWN = "spark.sql.python.filterPushdown.enabled"


def register(spark: SparkSession) -> None:
    """Make `spark.read.format("otlp")` and `spark.readStream.format("otlp")` known to the session."""
    spark.conf.set(_PUSHDOWN, "true")
    spark.dataSource.register(OtlpDataSource)


class OtlpDataSource(DataSource):
    """`spark.read.format("otlp").option("table", "spans").load(path)`.

    Rows are those that ingest would write, before assembly, with the columns of the lake table; a schema
    given with `.schema(...)` picks columns, which spares the way of the others to the Java side.
    """

    @classmethod
    def name(cls) -> str:
        return "otlp"

    def schema(self) -> StructType:
        return spark_schema(source_options(self.options).rows)

    def reader(self, schema: StructType) -> DataSourceReader:
        options = source_options(self.options)
        check_columns(schema, options)
        return OtlpReader(options, row_schema(schema))

    def streamReader(self, schema: StructType) -> OtlpStreamReader:
        from warehouse.spark.stream import OtlpStreamReader

        options = source_options(self.options)
        check_columns(schema, options)
        return OtlpStreamReader(options, row_schema(schema))


class OtlpWithoutPushdown(OtlpDataSource):
    """The source that Spark finds by itself. It leaves filters to Spark, which refuses readers that take them
    in a session where pushing them down is not allowed; `register` allows it and puts the other in its place.
    """

    def reader(self, schema: StructType) -> DataSourceReader:
        options = source_options(self.options)
        check_columns(schema, options)
        return WholeReader(options, row_schema(schema))


def check_columns(schema: StructType, options: SourceOptions) -> None:
    """Raises WarehouseError when a given schema names other columns or types than the table has."""
    types = {field.name: field.dataType for field in spark_schema(options.rows)}
    for field in schema:
        if field.name not in types:
            raise WarehouseError(f"The table {options.table} has no column {field.name}.", USAGE)
        if field.dataType != types[field.name]:
            wanted = types[field.name].simpleString()
            raise WarehouseError(f"The column {field.name} is {wanted} in {options.table}.", USAGE)


def row_schema(schema: StructType) -> pa.Schema:
    """The Arrow schema that Spark insists on: its own idea of `schema`, in which everything may be null."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(schema, timezone="UTC")


class SplitPartition(InputPartition):
    """One split; `reading` says as which rows."""

    def __init__(self, split: Split, reading: Reading) -> None:
        super().__init__(split.index)
        self.split, self.reading = split, reading


class WholeReader(DataSourceReader):
    """Reads all files once, a task for each split."""

    def __init__(self, options: SourceOptions, columns: pa.Schema) -> None:
        self._options, self._columns = options, columns
        self._conditions: list[Filter] = []

    def partitions(self) -> Sequence[InputPartition]:
        options = self._options
        paths = find_files(options.sources)
        found = sort_out(paths, Ledger.empty(), options.max_decompressed)
        size = split_bytes_for(sum(f.bytes_to_read for f in found.files), _WORKERS)
        conditions: list[Any] = [getattr(c, "child", c) for c in self._conditions]
        wanted = {*self._columns.names, *(c.attribute[0] for c in conditions)}
        limit = options.max_decompressed
        reading = Reading(options.table, tuple(wanted), 0, time.time_ns(), max_decompressed=limit)
        # A list, for Spark takes no other sequence; without files one partition without ranges.
        return [SplitPartition(s, reading) for s in plan_splits(found.files, size) or [Split(0, ())]]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, SplitPartition)
        result = ConvertResult(partition.split.index)
        for rows in read_rows(partition.split, partition.reading, result):
            yield from (
                matching(rows, self._conditions).select(self._columns.names).cast(self._columns).to_batches()
            )


class OtlpReader(WholeReader):
    """Applies filters before rows go to the Java side."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        for condition in filters:
            if is_applicable(condition, self._options.rows):
                self._conditions.append(condition)
            else:
                yield condition
