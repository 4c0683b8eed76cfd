"""Copies of a span that lost against another with other content: kept as rejects."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.arrow import ARROW_TYPES, int64_array
from warehouse.schemas.registry import TABLES
from warehouse.traces.entities import Entities, children_of_copies
from warehouse.traces.identity import copy_identity
from warehouse.traces.unit_rows import CONFLICT, UnitRows

RAW_LIMIT = 64 * 1024
"""Bytes of a reject that are kept, as ingest keeps them."""
_DETAIL = "Another span has the same trace_id and span_id and other content; the one that ends last was kept."


def rejected_copies(rows: UnitRows, losers: pa.Table, entities: Entities) -> pa.Table:
    """Rows of `rejects`, one per copy: an assembled span that lost stands for 1 + duplicate_count copies.

    `raw` is the copy as an OTLP export request. Where an assembled span lay in its file is not known any
    more: its file_key, byte_offset and record_ordinal are 0. `path` is empty, for the caller to fill.
    """
    schema = pa.schema([(c.name, ARROW_TYPES[c.type]) for c in TABLES["rejects"].columns])
    if not losers.num_rows:
        return schema.empty_table()
    spans = rows.spans.take(losers["row"])
    raw, lengths = _messages(spans, rows, entities)
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
        schema.names,
    ).cast(schema)
    copies = spans["duplicate_count"].to_numpy() + 1
    return table.take(int64_array(np.repeat(np.arange(count), copies)))


def _messages(spans: pa.Table, rows: UnitRows, entities: Entities) -> tuple[pa.Array, pa.Array]:
    """Each copy as an OTLP export request, `RAW_LIMIT` bytes of it, and how long it is whole."""
    known = copy_identity(spans).dictionary_encode()
    _, first = np.unique(known.indices.to_numpy(), return_index=True)
    distinct = spans.take(int64_array(first))
    raw: list[bytes] = []
    lengths: list[int] = []
    children = [
        part.filter(pc.is_in(part["trace_id"], pc.unique(distinct["trace_id"])))
        for part in (rows.events, rows.links)
    ]
    for begin in range(0, distinct.num_rows, _MESSAGES):
        part = distinct.slice(begin, _MESSAGES)
        events, links = (children_of_copies(part, found) for found in children)
        for message, length in entities.as_messages(part, events, links, RAW_LIMIT):
            raw.append(message)
            lengths.append(length)
    return pa.array(raw, pa.binary()).take(known.indices), int64_array(lengths).take(known.indices)


_MESSAGES = 65_536
"""Copies that are encoded together."""
