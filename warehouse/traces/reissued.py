"""Traces whose row tells of spans that other units judge: its `issues` follow them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from warehouse.lake.assembly_commit import TableChange
from warehouse.schemas.parquet import PartFile, open_parquet, write_part
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.traces.files import trace_files
from warehouse.traces.rows import of_partition

_TRACES = TABLES["traces"]


@dataclass(frozen=True, slots=True)
class Reissued:
    """The change of `traces`, and the files of it that nothing names any more."""

    change: TableChange
    superfluous: tuple[Place, ...]


def reissued_traces(
    lake: Place, table: DeltaTable, change: TableChange, found: Iterable[pa.Table], number: int
) -> Reissued:
    """The change of `traces` by assembly `number`, with the issues that units tell of rows they do not write.

    `found` holds event_date, trace_id and issues, of every unit that holds a part of such a trace. Rows that
    the assembly writes tell of their unit's own spans; of rows that stay the units tell all.
    """
    waiting = [rows for rows in found if rows.num_rows]
    if not waiting:
        return Reissued(change, ())
    told = _united(pa.concat_tables(waiting))
    days = {str(day) for day in pc.unique(told["event_date"]).to_pylist()}
    gone = {file.path for file in change.removed}
    added: list[PartFile] = []
    superfluous: list[Place] = []
    for part in change.added:
        day = part.partition["event_date"]
        again = _reissued(lake, part.path, day, told, number, adds=True) if day in days else None
        added.append(again or part)
        if again:
            superfluous.append(lake / "traces" / part.path)
    removed = list(change.removed)
    for file in trace_files(lake / "traces", table):
        if file.event_date in days and file.path not in gone:
            again = _reissued(lake, file.path, file.event_date, told, number, adds=False)
            if again:
                added.append(again)
                removed.append(file.data_file())
    return Reissued(TableChange(tuple(added), tuple(removed)), tuple(superfluous))


def _united(told: pa.Table) -> pa.Table:
    """One row a trace, with the issues of all."""
    ids = told["trace_id"].combine_chunks().dictionary_encode()
    place, first = np.unique(ids.indices.to_numpy(), return_index=True)
    issues = np.zeros(len(place), np.int32)
    np.bitwise_or.at(issues, ids.indices.to_numpy(), told["issues"].to_numpy())
    return told.take(pa.array(first)).set_column(2, "issues", pa.array(issues))


def _reissued(
    lake: Place, path: str, day: str, told: pa.Table, number: int, *, adds: bool
) -> PartFile | None:
    """The file with other issues, None when they are the same."""
    held = open_parquet(lake / "traces" / path).read()
    rows = of_partition(held, _TRACES, day, held.column_names)
    at = pc.index_in(rows["trace_id"], told["trace_id"].combine_chunks())
    issues = told["issues"].combine_chunks().take(at.combine_chunks())
    issues = pc.bit_wise_or(issues, rows["issues"]) if adds else issues
    issues = pc.coalesce(issues, rows["issues"])
    if issues.equals(rows["issues"]):
        return None
    column, field = rows.column_names.index("issues"), rows.schema.field("issues")
    again = f"event_date={day}/reissued-{number:06d}-{uuid.uuid4().hex[:12]}.parquet"
    fresh = rows.set_column(column, field, issues)
    return write_part(_TRACES, lake / "traces", again, {"event_date": day}, [fresh])
