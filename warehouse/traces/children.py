"""Events and links of the spans that stay."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.arrow import arrow_schema, date_days, int64_array
from warehouse.schemas.model import Table
from warehouse.traces.identity import order_by_span, span_identity


def surviving_children(table: Table, children: pa.Table, winners: pa.Table) -> pa.Table:
    """Rows of a child table that stay, ordered by date, span and ordinal.

    `winners` are the spans that met a copy: children of a landing winner are those with its content key, each
    ordinal once; children of an assembled winner are those without a key. All others stay as they are.
    """
    kept = children
    if winners.num_rows and kept.num_rows:
        kept = _without_losers(kept, winners)
    order = order_by_span(kept)
    days = date_days(kept["event_date"])[order]
    kept = kept.take(int64_array(order[np.argsort(days, kind="stable")]))
    schema = arrow_schema(table)
    return kept.select(schema.names).cast(schema)


def _without_losers(children: pa.Table, winners: pa.Table) -> pa.Table:
    found = pc.index_in(span_identity(children), span_identity(winners))
    met = pc.is_valid(found)
    key = winners["content_key"].combine_chunks().take(found)
    assembled = winners["is_assembled"].combine_chunks().take(found)
    is_old = children["is_assembled"]
    of_old_winner = pc.and_(assembled, is_old)
    is_new = pc.invert(pc.or_(assembled, is_old))
    of_new_winner = pc.and_(is_new, pc.equal(children["content_key"], key))
    stays = pc.or_(
        pc.fill_null(pc.or_(of_old_winner, pc.fill_null(of_new_winner, False)), False), pc.invert(met)
    )
    kept, met = children.filter(stays), met.filter(stays)
    # Equal copies bring equal children: of those that met, one row per span and ordinal.
    place = pc.binary_join_element_wise(span_identity(kept), kept["ordinal"].cast(pa.string()), ":")
    _, first = np.unique(place.to_numpy(zero_copy_only=False).astype(str), return_index=True)
    is_first = np.zeros(kept.num_rows, bool)
    is_first[first] = True
    return kept.filter(pa.array(is_first | ~met.to_numpy(zero_copy_only=False)))
