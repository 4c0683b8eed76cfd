"""TYPE and IC5 on span rows: what can be said of a span without its trace."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow, flat, numbers, row_batches
from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.integrity.conventions import ANY, LETTERS, attributes, coded, positions
from warehouse.integrity.entries import Entries
from warehouse.integrity.nesting import DEEPEST, depths
from warehouse.integrity.required import missing_required, required_columns
from warehouse.schemas.arrow import text_array

FINDING_SCHEMA = pa.schema(
    [
        ("event_date", pa.date32()),
        ("finding", pa.string()),
        ("trace_id", pa.string()),
        ("row", pa.int64()),
        ("related_row", pa.int64()),
        ("value", pa.int64()),
    ]
)
"""Findings as the kernel gives them too; `row` counts in the spans given."""
Found = tuple[str, Numbers, Numbers]
"""A finding, the rows that have it, and its number for each."""
_MISPLACED = 0x100
"""Bit of a key that belongs on resources, beside the bits of the accepted type letters."""
_NESTED = np.isin(np.arange(256), np.frombuffer(b"am", np.uint8))


def type_findings(spans: pa.Table) -> tuple[pa.Array, pa.Table]:
    """Bits of `issues` per span (IC5 and TYPE), and the findings of single spans.

    `spans` holds the registry's columns of spans. Found are values of a type that the semantic conventions do
    not give them, attributes of resources on spans, missing required attributes, times before 1970 or after
    2262, and values that nest too deep. Ids are the kernel's to judge; what is of severity info comes from
    `convention_violations`. Not handled: types of array elements, attributes of events and links.
    """
    known = np.zeros(spans.num_rows, np.int32)
    known[numbers(pc.equal(pc.fill_null(flat(spans.column("service_name")), ""), ""))] = CONSTRAINTS[
        "IC5"
    ].bit
    found = [("bad_time", *_bad_times(spans))]
    start = 0
    for batch in row_batches(spans.select(_columns())):
        found += [(name, rows + start, values) for name, rows, values in _of_batch(batch)]
        start += batch.num_rows
    for _, rows, _ in found:
        known[rows] |= CONSTRAINTS["TYPE"].bit
    return arrow(known), _table([f for f in found if len(f[1])], spans)


@cache
def _columns() -> list[str]:
    return [*required_columns(), "attributes", "attribute_types"]


def _table(found: list[Found], spans: pa.Table) -> pa.Table:
    if not found:
        return FINDING_SCHEMA.empty_table()
    rows = arrow(np.concatenate([rows for _, rows, _ in found]).astype(np.int64))
    values = arrow(np.concatenate([values for _, _, values in found]).astype(np.int64))
    kinds = np.repeat(np.arange(len(found)), [len(rows) for _, rows, _ in found])
    columns = {
        "event_date": flat(spans.column("event_date").take(rows)),
        "finding": text_array(name for name, _, _ in found).take(arrow(kinds)),
        "trace_id": flat(spans.column("trace_id").take(rows)),
        "row": rows,
        "related_row": pa.nulls(len(rows), pa.int64()),
        "value": values,
    }
    return pa.table(columns).cast(FINDING_SCHEMA)


def _bad_times(spans: pa.Table) -> tuple[Numbers, Numbers]:
    """Rows whose start, or whose end, is no time of OTLP (0 to 2^63 nanoseconds), and their starts."""
    start = numbers(spans.column("start_time_unix_nano"))
    duration = numbers(spans.column("duration_nano"))
    with np.errstate(over="ignore"):
        end = start + duration
    rows = np.flatnonzero((start < 0) | (end < 0))
    return rows, start[rows]


def _of_batch(batch: pa.RecordBatch) -> list[Found]:
    entries = Entries.of(batch.column("attributes"), batch.column("attribute_types"))
    places = positions(entries.keys)
    found = [*_of_entries(entries, places), *_too_deep(entries)]
    for rows, position, rule in missing_required(batch, entries, places):
        found.append(("missing_required_attribute", rows, np.full(len(rows), coded(position, rule))))
    return found


@cache
def _flags() -> Numbers:
    """Accepted type letters and level of each attribute by position; the last entry is for unknown keys."""
    known = [a.accepted | (_MISPLACED if a.is_of_resource else 0) for a in attributes()]
    return np.array([*known, ANY], np.uint16)


@cache
def _letter_bits() -> Numbers:
    bits = np.zeros(256, np.uint16)
    bits[np.frombuffer(LETTERS.encode(), np.uint8)] = 1 << np.arange(len(LETTERS), dtype=np.uint16)
    return bits


def _of_entries(entries: Entries, places: Numbers) -> list[Found]:
    """Wrong types and wrong levels."""
    of_key = _flags()[places]
    if (of_key == ANY).all():
        return []
    of_entry = of_key[entries.key_codes]
    wrong = np.flatnonzero((of_entry & _letter_bits()[entries.letters]) == 0)
    misplaced = np.flatnonzero(of_entry & _MISPLACED) if (of_key & _MISPLACED).any() else wrong[:0]
    place = places[entries.key_codes[wrong]], places[entries.key_codes[misplaced]]
    return [
        ("wrong_attribute_type", entries.rows(wrong), coded(place[0], entries.letters[wrong])),
        ("misplaced_attribute", entries.rows(misplaced), coded(place[1], 0)),
    ]


def _too_deep(entries: Entries) -> list[Found]:
    nested = np.flatnonzero(_NESTED[entries.letters])
    if len(nested) == 0:
        return []
    depth = depths(entries.values.take(arrow(nested)))
    deep = depth > DEEPEST
    return [("deep_value", entries.rows(nested[deep]), depth[deep])]
