"""Attributes that an event lacks although the convention of its name requires them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, numbers
from warehouse.integrity.conventions import events, older_names
from warehouse.integrity.entries import Entries
from warehouse.schemas.arrow import text_array
from warehouse.schemas.promoted import promoted_in

REQUIREMENTS = tuple((event, keys) for event, groups in events().items() for keys in groups)
"""Names of events, and attributes of which such an event must have one. A finding names one by its place."""


@cache
def event_columns() -> list[str]:
    """The event columns that `events_that_lack` reads, besides the map."""
    return ["name", "dropped_attributes_count", *_promoted().values()]


@cache
def _promoted() -> dict[str, str]:
    asked = {key for _, keys in REQUIREMENTS for key in keys}
    return {p.key: p.column.name for p in promoted_in("span_events") if p.key in asked}


def events_that_lack(batch: pa.RecordBatch, entries: Entries) -> list[tuple[Numbers, int]]:
    """Rows that lack what a requirement asks for, and its place, for every requirement.

    Events that dropped attributes may have had them and are left out.
    """
    event = numbers(pc.index_in(batch.column("name"), _names()), -1)
    if (event < 0).all():
        return []
    event = np.where(numbers(batch.column("dropped_attributes_count")) == 0, event, -1)
    found = []
    for place, (name, keys) in enumerate(REQUIREMENTS):
        rows = np.flatnonzero(event == list(events()).index(name))
        if len(rows):
            has_one = np.any([_has(batch, entries, key) for key in keys], axis=0)
            found.append((rows[~has_one[rows]], place))
    return found


@cache
def _names() -> pa.Array:
    return text_array(events())


def _has(batch: pa.RecordBatch, entries: Entries, key: str) -> Numbers:
    """Which rows have an attribute, under its name or an older one."""
    has = np.zeros(batch.num_rows, bool)
    has[entries.rows(entries.positions_of((key, *older_names().get(key, ()))))] = True
    if key in _promoted():
        has |= numbers(batch.column(_promoted()[key]).is_valid()).astype(np.bool_)
    return has
