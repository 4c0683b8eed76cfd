"""Copies of a span that lost against another with other content: kept as rejects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import arrow, numbers
from warehouse.schemas.arrow import ARROW_TYPES, int64_array
from warehouse.schemas.registry import TABLES
from warehouse.traces.conflicts import CONFLICT
from warehouse.traces.entities import Entities, children_of_copies
from warehouse.traces.identity import copy_identity
from warehouse.traces.unit_rows import UnitRows

RAW_LIMIT = 64 * 1024
"""Bytes of a reject that are kept, as ingest keeps them."""
_DETAIL = "Another span has the same trace_id and span_id and other content; the one that ends last was kept."
_SCHEMA = pa.schema([(c.name, ARROW_TYPES[c.type]) for c in TABLES["rejects"].columns])
_MESSAGES = 8_192
"""Rejects that are held together."""


def rejected_copies(rows: UnitRows, losers: pa.Table, entities: Entities) -> Iterator[pa.Table]:
    """Rows of `rejects`, one per copy: a span that lost stands for 1 + duplicate_count copies.

    `losers` are rows of `rows.spans`; what was set aside lost too. `raw` is the copy as an OTLP export
    request. Where an assembled span lay in its file is not known any more: its file_key, byte_offset and
    record_ordinal are 0. `path` is empty, for the caller to fill.
    """
    yield from _rejects(losers, rows.events, rows.links, entities)
    children = {"span_events": rows.events, "span_links": rows.links}
    for spans, of_spans in rows.outranked.buckets(children):
        yield from _rejects(spans, of_spans["span_events"], of_spans["span_links"], entities)


def _rejects(spans: pa.Table, events: pa.Table, links: pa.Table, entities: Entities) -> Iterator[pa.Table]:
    """Rejects of spans whose children are among `events` and `links`; each copy is encoded once."""
    if not spans.num_rows:
        return
    known = copy_identity(spans).dictionary_encode().indices.to_numpy()
    spans = spans.take(arrow(np.argsort(known, kind="stable")))
    known = np.sort(known)
    begins = np.flatnonzero(np.concatenate(([True], known[1:] != known[:-1])))
    distinct = spans.take(int64_array(begins))
    children = [children_of_copies(distinct, part) for part in (events, links)]
    for first in range(0, distinct.num_rows, _MESSAGES):
        part = distinct.slice(first, _MESSAGES)
        of_events, of_links = (_of_parents(child, first, part.num_rows) for child in children)
        messages = entities.as_messages(part, of_events, of_links, RAW_LIMIT)
        begin, end = np.searchsorted(known, (first, first + part.num_rows))
        mine = spans.slice(begin, end - begin)
        which = arrow(known[begin:end] - first)
        raw = pa.array([raw for raw, _ in messages], pa.binary()).take(which)
        yield from _one_per_copy(mine, raw, int64_array([size for _, size in messages]).take(which))


def _of_parents(children: pa.Table, first: int, count: int) -> pa.Table:
    """The children of some spans, whose numbers begin anew; `parent_row` ascends."""
    parents = numbers(children["parent_row"])
    begin, end = np.searchsorted(parents, (first, first + count))
    at = children.column_names.index("parent_row")
    return children.slice(begin, end - begin).set_column(at, "parent_row", arrow(parents[begin:end] - first))


def _one_per_copy(spans: pa.Table, raw: pa.Array, lengths: pa.Array) -> Iterator[pa.Table]:
    count = spans.num_rows

    def same(value: object, kind: pa.DataType) -> pa.Array:
        return pa.repeat(pa.scalar(value, kind), count)

    table = pa.Table.from_arrays(
        [
            pc.fill_null(spans["file_key"], 0),
            spans["ingest_batch"],
            same("", pa.string()),
            pc.fill_null(spans["byte_offset"], 0),
            lengths,
            pc.fill_null(spans["record_ordinal"], 0),
            same("span", pa.string()),
            same(CONFLICT, pa.string()),
            same(_DETAIL, pa.string()),
            raw,
        ],
        _SCHEMA.names,
    ).cast(_SCHEMA)
    ends = np.cumsum(numbers(spans["duplicate_count"]).astype(np.int64) + 1)
    for begin in range(0, int(ends[-1]), _MESSAGES):
        copies = np.arange(begin, min(begin + _MESSAGES, int(ends[-1])))
        yield table.take(arrow(np.searchsorted(ends, copies, side="right")))
