"""Arrow schemas of the lake tables."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.schemas.model import ColumnType, Table

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "map": pa.map_(pa.string(), pa.field("value", pa.string(), nullable=False)),
    "list<double>": pa.list_(pa.field("element", pa.float64(), nullable=False)),
    "list<bigint>": pa.list_(pa.field("element", pa.int64(), nullable=False)),
}


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """All columns of the table, the partition column included, in the registry's order."""
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], c.nullable) for c in table.columns])


@cache
def file_schema(table: Table) -> pa.Schema:
    """The columns that the table's Parquet files hold: all but the partition column."""
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], c.nullable) for c in table.file_columns])


def date_days(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int32]:
    """Days since 1970-01-01 of dates without nulls."""
    return np.asarray(column.cast(pa.int32()).to_numpy())


def int64_array(values: Iterable[int]) -> pa.Array:
    """Non-null 64-bit integers. Like `text_array` it avoids pa.array, which imports pandas: half a second."""
    buffer = array("q", values)
    return pa.Array.from_buffers(pa.int64(), len(buffer), [None, pa.py_buffer(buffer)])


def text_array(values: Iterable[str | None]) -> pa.Array:
    """Texts and nulls."""
    encoded = [v if v is None else v.encode() for v in values]
    ends = array("q", accumulate((len(v or b"") for v in encoded), initial=0))
    buffers = [_validity(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(v or b"" for v in encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers).cast(pa.string())


def boolean_array(values: Iterable[bool]) -> pa.Array:
    """Booleans without nulls."""
    flags = list(values)
    return pa.Array.from_buffers(pa.bool_(), len(flags), [None, _bits(flags)])


def _validity(values: list[bytes | None]) -> pa.Buffer | None:
    """A bit for each value, set where it is not null; None when all are."""
    if None not in values:
        return None
    return _bits([value is not None for value in values])


def _bits(flags: list[bool]) -> pa.Buffer:
    number = sum(1 << at for at, flag in enumerate(flags) if flag)
    return pa.py_buffer(number.to_bytes(-(-len(flags) // 8), "little"))
