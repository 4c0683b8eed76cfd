"""TYPE and IC5 on span rows: what can be said of a span without its trace."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.array_elements import wrong_elements
from warehouse.integrity.attribute_values import too_deep, wrong_types
from warehouse.integrity.columns import Numbers, arrow, flat, numbers, row_batches
from warehouse.integrity.constraints import CONSTRAINTS
from warehouse.integrity.conventions import attributes, coded, positions
from warehouse.integrity.entries import Entries
from warehouse.integrity.required import missing_required, required_columns
from warehouse.integrity.required_of_events import event_columns, events_that_lack
from warehouse.schemas.arrow import text_array

FINDING_SCHEMA = pa.schema(
    [
        ("event_date", pa.date32()),
        ("finding", pa.string()),
        ("trace_id", pa.string()),
        ("row", pa.int64()),
        ("related_row", pa.int64()),
        ("value", pa.int64()),
        ("peer", pa.string()),
    ]
)
"""Findings as the kernel gives them too; `row` counts in the spans given, `peer` is whom a call goes to."""
Found = tuple[str, Numbers, Numbers]
"""A finding, the rows that have it, and its number for each."""


def type_findings(spans: pa.Table) -> tuple[pa.Array, pa.Table]:
    """Bits of `issues` per span (IC5 and TYPE), and the findings of single spans.

    `spans` holds the registry's columns of spans. Found are values of a type that the semantic conventions do
    not give them, attributes of resources on spans, missing required attributes, times before 1970 or after
    2262, and values that nest too deep. Ids are the kernel's to judge; what is of severity info comes from
    `convention_violations`, what events and links have from `child_findings`.
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
        "peer": pa.nulls(len(rows), pa.string()),
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


def child_findings(children: pa.Table, what: str) -> list[Found]:
    """Findings of events or links, `what` being `event` or `link`: values of a wrong type or too deep,
    attributes of resources, and what the convention of an event's name requires and it lacks.

    `children` holds the registry's columns; rows count in it.
    """
    found: list[Found] = []
    start = 0
    columns = event_columns() if what == "event" else []
    for batch in row_batches(children.select([*columns, "attributes", "attribute_types"])):
        entries = Entries.of(batch.column("attributes"), batch.column("attribute_types"))
        places = positions(entries.keys)
        of_batch = [*_of_values(entries, places, f"{what}_"), _of_resources(entries, places, f"{what}_")]
        for rows, requirement in events_that_lack(batch, entries) if columns else ():
            of_batch.append(("missing_required_event_attribute", rows, np.full(len(rows), requirement)))
        found += [(name, rows + start, values) for name, rows, values in of_batch if len(rows)]
        start += batch.num_rows
    return found


def _of_values(entries: Entries, places: Numbers, what: str = "") -> list[Found]:
    wrong, (mixed, holds), (deep, depth) = (
        wrong_types(entries, places),
        wrong_elements(entries, places),
        too_deep(entries),
    )
    at, letters = np.append(wrong, mixed), np.append(entries.letters[wrong], holds)
    codes = coded(places[entries.key_codes[at]], letters)
    return [
        (f"wrong_{what}attribute_type", entries.rows(at), codes),
        (f"deep_{what}value", entries.rows(deep), depth),
    ]


def _of_batch(batch: pa.RecordBatch) -> list[Found]:
    entries = Entries.of(batch.column("attributes"), batch.column("attribute_types"))
    places = positions(entries.keys)
    found = [*_of_values(entries, places), _of_resources(entries, places)]
    for rows, position, rule in missing_required(batch, entries, places):
        found.append(("missing_required_attribute", rows, np.full(len(rows), coded(position, rule))))
    return found


def _of_resources(entries: Entries, places: Numbers, what: str = "") -> Found:
    """Entries whose attribute describes a resource."""
    of_key = _is_of_resource()[places]
    found = np.flatnonzero(of_key[entries.key_codes]) if of_key.any() else np.zeros(0, np.int64)
    return f"misplaced_{what}attribute", entries.rows(found), coded(places[entries.key_codes[found]], 0)


@cache
def _is_of_resource() -> Numbers:
    """By position; the last entry is for unknown keys."""
    return np.array([*(a.is_of_resource for a in attributes()), False])
