"""Traces whose row is not rewritten: their `issues` follow spans on other dates that are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from warehouse.lake.assembly_commit import TableChange
from warehouse.schemas.parquet import PartFile, open_parquet, write_part
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.traces.files import TraceFile, by_date, trace_files
from warehouse.traces.rows import of_partition

_TRACES = TABLES["traces"]


def reissued_traces(lake: Place, table: DeltaTable, found: Iterable[pa.Table], number: int) -> TableChange:
    """Files of `traces` that replace those whose rows have other issues now.

    `found` holds event_date, trace_id and issues of traces that assembly `number` does not rewrite.
    """
    waiting = [rows for rows in found if rows.num_rows]
    if not waiting:
        return TableChange()
    now = pa.concat_tables(waiting)
    added: list[PartFile] = []
    removed: list[TraceFile] = []
    days = {str(day) for day in pc.unique(now["event_date"]).to_pylist()}
    for day, files in by_date(trace_files(table)).items():
        for file in files if day in days else ():
            held = open_parquet(lake / "traces" / file.path).read()
            rows = of_partition(held, _TRACES, day, held.column_names)
            fresh = _with_issues(rows, now)
            if fresh["issues"].equals(rows["issues"]):
                continue
            path = f"event_date={day}/reissued-{number:06d}-{uuid.uuid4().hex[:12]}.parquet"
            added.append(write_part(_TRACES, lake / "traces", path, {"event_date": day}, [fresh]))
            removed.append(file)
    return TableChange(tuple(added), tuple(f.data_file() for f in removed))


def _with_issues(rows: pa.Table, now: pa.Table) -> pa.Table:
    at = pc.index_in(rows["trace_id"], now["trace_id"].combine_chunks())
    issues = pc.coalesce(now["issues"].combine_chunks().take(at.combine_chunks()), rows["issues"])
    field = rows.schema.field("issues")
    return rows.set_column(rows.column_names.index("issues"), field, issues)
