"""Arrow tables to the native module and back."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa


def ipc_bytes(rows: pa.Table) -> bytes:
    """A table as an Arrow IPC stream, one batch per chunk."""
    out = io.BytesIO()  # its value is handed out without a copy
    with pa.ipc.new_stream(pa.PythonFile(out, "w"), rows.schema) as writer:
        writer.write_table(rows)
    return out.getvalue()


def read_stream(stream: Any) -> pa.Table:
    """A table from an Arrow C stream. Not pa.table: that imports pandas, which takes a second."""
    return pa.RecordBatchReader.from_stream(stream).read_all()
