"""The native kernel's answers as plain rows of the oracle's form."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from oracle.traces_dates import DateContext
from trace_batch import Batch, Row

from warehouse import _native

Tables = dict[str, list[Row]]
_NAMES = pa.schema([("event_date", pa.date32()), ("category", pa.utf8()), ("name", pa.utf8())])
_CONSUMER_LINKS = pa.schema([("event_date", pa.date32()), ("trace_id", pa.utf8()), ("span_id", pa.utf8())])
_BOUNDS = pa.schema(
    [
        ("event_date", pa.date32()),
        ("child_resource_key", pa.int64()),
        ("parent_resource_key", pa.int64()),
        ("bound_nano", pa.int64()),
    ]
)


def _cut(table: pa.Table, batch_rows: int | None) -> pa.Table:
    """The table in record batches of so many rows."""
    return pa.Table.from_batches(table.to_batches(max_chunksize=batch_rows), table.schema)


def _table(rows: Any, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)


def context_tables(context: DateContext) -> dict[str, pa.Table]:
    bounds = [(*pair, bound) for pair, bound in context.bounds.items()]
    return {
        "names": _table(sorted(context.names), _NAMES),
        "consumer_links": _table(sorted(context.consumer_links), _CONSUMER_LINKS),
        "bounds": _table(bounds, _BOUNDS),
    }


def assembled(
    batch: Batch,
    context: DateContext,
    trace_limit: int,
    text: Any = None,
    batch_rows: int | None = None,
) -> Tables:
    """The four tables of the batch, text columns given in the Arrow type `text`."""
    spans, links = (_cut(t, batch_rows) for t in batch.tables(text))
    streams = _native.assemble(spans, links, context_tables(context), trace_limit)
    return {name: _rows(pa.table(stream)) for name, stream in streams.items()}


def surveyed(batch: Batch) -> dict[str, set[tuple[Any, ...]]]:
    """Sets of rows, after checking that no row comes twice."""
    out = {}
    for name, stream in _native.survey(*batch.tables()).items():
        rows = [tuple(row.values()) for row in pa.table(stream).to_pylist()]
        assert len(set(rows)) == len(rows), name
        out[name] = set(rows)
    return out


def colliding(batch: Batch) -> list[int]:
    return sorted(pa.table(_native.colliding_rows(batch.tables()[0]))["row"].to_pylist())


def _rows(table: pa.Table) -> list[Row]:
    rows = table.to_pylist()
    for row in rows:
        row.pop("peer", None)  # of violations: the sentence's, see the tests of peers
        if "critical_path_by_service" in row:
            row["critical_path_by_service"] = dict(row["critical_path_by_service"])
    return rows
