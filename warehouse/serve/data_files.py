"""The data files of a lake table at its pinned version, and what Delta's log says about each."""

from __future__ import annotations

from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from warehouse.lake.tables import file_actions
from warehouse.schemas.model import Table

SCHEMA = pa.schema(
    [
        ("table_name", pa.string()),
        ("event_date", pa.date32()),
        ("path", pa.string()),
        ("row_count", pa.int64()),
        ("min_trace_id", pa.string()),
        ("max_trace_id", pa.string()),
        ("min_start_unix_nano", pa.int64()),
        ("max_start_unix_nano", pa.int64()),
    ]
)
"""One row per file: `path` from the lake's root on, bounds null where the log has none."""
_TIMES = ("start_time_unix_nano", "time_unix_nano")


def data_files(table: Table, delta: DeltaTable) -> pa.Table:
    """Files of the pinned version in the order of their paths, as SCHEMA."""
    actions = file_actions(delta)
    # Paths in the log are URL-encoded; partition folders of dates hold nothing to encode, file names might.
    paths = [f"/{table.name}/{unquote(path)}" for path in actions.column("path").to_pylist()]
    held_time = next((t for t in _TIMES if t in table.column_names), "")
    columns = {
        "table_name": pa.array([table.name] * len(paths), pa.string()),
        "event_date": _column(actions, f"partition.{table.partition}"),
        "path": pa.array(paths, pa.string()),
        "row_count": _column(actions, "num_records"),
        "min_trace_id": _column(actions, "min.trace_id"),
        "max_trace_id": _column(actions, "max.trace_id"),
        "min_start_unix_nano": _column(actions, f"min.{held_time}"),
        "max_start_unix_nano": _column(actions, f"max.{held_time}"),
    }
    return pa.table({f.name: columns[f.name].cast(f.type) for f in SCHEMA}).sort_by("path")


def _column(actions: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
    return actions.column(name) if name in actions.column_names else pa.nulls(actions.num_rows)
