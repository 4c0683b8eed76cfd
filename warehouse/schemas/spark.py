"""Spark schemas of the lake tables. Importing this module does not import pyspark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.schemas.model import ColumnType, Table

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructType


def _spark_types() -> dict[ColumnType, DataType]:
    from pyspark.sql import types as t

    return {
        "bigint": t.LongType(),
        "int": t.IntegerType(),
        "double": t.DoubleType(),
        "boolean": t.BooleanType(),
        "string": t.StringType(),
        "binary": t.BinaryType(),
        "date": t.DateType(),
        "map": t.MapType(t.StringType(), t.StringType(), valueContainsNull=False),
        "list<double>": t.ArrayType(t.DoubleType(), containsNull=False),
        "list<bigint>": t.ArrayType(t.LongType(), containsNull=False),
    }


def spark_schema(table: Table) -> StructType:
    """The table as a StructType, the partition column included. Raises ImportError without pyspark."""
    from pyspark.sql.types import StructField, StructType

    types = _spark_types()
    return StructType(
        [StructField(c.name, types[c.type], c.nullable, {"comment": c.doc}) for c in table.columns]
    )
