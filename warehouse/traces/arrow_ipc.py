"""Arrow tables to the native kernel and back."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def ipc_bytes(rows: pa.Table) -> bytes:
    """A table as an Arrow IPC stream of one batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    return bytes(sink.getvalue())


def read_stream(stream: Any) -> pa.Table:
    """A table from an Arrow C stream. Not pa.table: that imports pandas, which takes a second."""
    return pa.RecordBatchReader.from_stream(stream).read_all()
