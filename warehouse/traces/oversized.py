"""Traces too large to compute: cut by span id, counted share by share, and told by one row and one violation.

A broken propagator can put millions of unrelated spans under one trace id. Their copies are folded and they
are written like all others, but no parent edge is followed and dates learn no clock skew from them.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import flat
from warehouse.integrity.rendering import render_violations
from warehouse.schemas.arrow import arrow_schema, text_array
from warehouse.schemas.parquet import PartFile, write_part
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place

TRACE_LIMIT = 500_000
"""Spans of a trace up to which it is computed."""
TOO_LARGE = "trace_too_large"
_TRACES = arrow_schema(TABLES["traces"])
COUNTED = pa.schema(
    [*_TRACES, pa.field("root_start_unix_nano", pa.int64()), pa.field("services", pa.list_(pa.string()))]
)
"""One share of such a trace: its row of `traces`, when the root there started, the services named there."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIXED_ROWS = 1 << 15


def shares_of(span_ids: pa.Array, shares: int) -> npt.NDArray[np.int64]:
    """By row, the share that a span id falls into: copies and children of a span go with it."""
    # A letter of an id takes some fifty bytes while it is mixed.
    parts = [span_ids.slice(begin, _MIXED_ROWS) for begin in range(0, len(span_ids), _MIXED_ROWS)]
    return np.concatenate([np.zeros(0, np.int64), *(_shares_of(part, shares) for part in parts)])


def _shares_of(span_ids: pa.Array, shares: int) -> npt.NDArray[np.int64]:
    ids = pc.fill_null(span_ids, "").cast(pa.large_binary())
    ends = np.frombuffer(ids.buffers()[1], np.int64, len(ids) + 1, ids.offset * 8)
    data = np.frombuffer(ids.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]].astype(np.uint64)
    ends = ends - ends[0]
    lengths = np.diff(ends)
    if not len(data):
        return np.zeros(len(ids), np.int64)
    place = np.arange(len(data)) - np.repeat(ends[:-1], lengths)
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(int(lengths.max()), _MIX))
        sums = np.concatenate(([np.uint64(0)], np.cumsum((data + np.uint64(1)) * powers[place])))
        mixed = (sums[ends[1:]] - sums[ends[:-1]]) * _MIX
    return np.asarray((mixed >> np.uint64(40)) % np.uint64(shares), np.int64)


def find_oversized(con: duckdb.DuckDBPyConnection, sources: Collection[str], limit: int) -> dict[str, int]:
    """Traces of more than `limit` distinct spans, and rows of each. `sources` are FROM items with ids."""
    ids = " union all ".join(f"select trace_id, span_id from {source}" for source in sources)
    con.execute(
        f"create or replace temp table many as "
        f"select trace_id from ({ids}) group by trace_id having count(*) > {limit}"
    )
    found = con.execute(
        f"""
        select trace_id, count(*) from ({ids}) where trace_id in (from many)
        group by trace_id having count(distinct span_id) > {limit} order by all"""
    )
    return dict(found.fetchall())


def counted_share(trace: pa.Table, root_starts: pa.Array, services: pa.ChunkedArray) -> pa.Table:
    """What one share tells: `trace` is its row of `traces`, or none when it holds no span with a valid id."""
    names = pa.array(
        [sorted(set(pc.fill_null(flat(services), "").unique().to_pylist()))] * trace.num_rows,
        pa.list_(pa.string()),
    )
    return pa.Table.from_arrays([*trace.columns, root_starts, names], schema=COUNTED)


def oversized_parts(lake: Place, number: int, shares: Iterable[pa.Table]) -> dict[str, list[PartFile]]:
    """Files of `traces` and `integrity_violations`, one a trace, from the shares of all such traces."""
    found: dict[str, list[dict[str, Any]]] = {}
    for rows in shares:
        for row in rows.to_pylist():
            found.setdefault(row["trace_id"], []).append(row)
    parts: dict[str, list[PartFile]] = {"traces": [], "integrity_violations": []}
    for shares_of_trace in found.values():
        trace = pa.Table.from_pylist([_whole(shares_of_trace)], _TRACES)
        day = str(trace["event_date"][0])
        path = f"event_date={day}/oversized-{number:06d}-{uuid.uuid4().hex[:12]}.parquet"
        for name, rows in (("traces", trace), ("integrity_violations", _violation(trace))):
            parts[name].append(write_part(TABLES[name], lake / name, path, {"event_date": day}, [rows]))
    return parts


def _violation(trace: pa.Table) -> pa.Table:
    finding = trace.select(["event_date", "trace_id", "span_count"]).rename_columns(
        ["event_date", "trace_id", "value"]
    )
    return render_violations(finding.append_column("finding", text_array([TOO_LARGE])))


def _whole(parts: list[dict[str, Any]]) -> dict[str, Any]:
    timed = [p for p in parts if p["start_time_unix_nano"] is not None]
    first = min(timed, key=lambda p: p["start_time_unix_nano"], default=parts[0])
    rooted = [p for p in parts if p["root_span_id"] is not None]
    root = min(rooted, key=lambda p: (p["root_start_unix_nano"], p["root_span_id"]), default=parts[0])
    end = max((p["start_time_unix_nano"] + p["duration_nano"] for p in timed), default=0)
    issues = 0
    for part in parts:
        issues |= part["issues"]
    whole = first | {name: sum(p[name] for p in parts) for name in _SUMS}
    whole |= {name: root[name] for name in ("root_span_id", "root_service_name", "root_operation_name")}
    return whole | {
        "span_dates": ",".join(sorted({day for p in parts for day in p["span_dates"].split(",")})),
        "duration_nano": end - first["start_time_unix_nano"] if timed else None,
        "service_count": len({name for p in parts for name in p["services"]}),
        "has_error": any(p["has_error"] for p in parts),
        "issues": issues,
    }


_SUMS = ("span_count", "error_count", "orphan_count", "root_count")
