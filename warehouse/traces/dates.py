"""What constraints need to know of whole dates, gathered over all units before any is assembled."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SMALL_SKEW_NANO = 1_000_000
_NAMES = pa.schema([("event_date", pa.date32()), ("category", pa.string()), ("name", pa.string())])
_LINKS = pa.schema([("event_date", pa.date32()), ("trace_id", pa.string()), ("span_id", pa.string())])
_PAIR = ("event_date", "child_resource_key", "parent_resource_key")
_BOUNDS = pa.schema(
    [
        ("event_date", pa.date32()),
        ("child_resource_key", pa.int64()),
        ("parent_resource_key", pa.int64()),
        ("bound_nano", pa.int64()),
    ]
)


def date_context(surveys: Iterable[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """The `context` of `_native.assemble` from the surveys of all units. Equal facts give equal tables.

    Instrumented names and spans that consumers link to are unions. The skew bound of a directed pair of
    resources is the lower median of its |clock skew| on the child's date, where it passes 1 ms.
    """
    surveys = list(surveys)
    names = pa.concat_tables([_NAMES.empty_table(), *(s["names"].cast(_NAMES) for s in surveys)])
    links = pa.concat_tables([_LINKS.empty_table(), *(s["consumer_links"].cast(_LINKS) for s in surveys)])
    skews = [s["skews"] for s in surveys]
    return {
        "names": _distinct(names),
        "consumer_links": _distinct(links),
        "bounds": _bounds(pa.concat_tables(skews)) if skews else _BOUNDS.empty_table(),
    }


def _distinct(rows: pa.Table) -> pa.Table:
    columns = rows.column_names
    return (
        rows.group_by(columns, use_threads=False)
        .aggregate([])
        .sort_by([(name, "ascending") for name in columns])
        .combine_chunks()
    )


def _bounds(skews: pa.Table) -> pa.Table:
    if not skews.num_rows:
        return _BOUNDS.empty_table()
    values = pc.fill_null(skews["abs_skew_nano"], 0).to_numpy()
    edges = skews["edges"].to_numpy()
    columns = [
        skews[name].cast(pa.int64() if name != "event_date" else pa.int32()).to_numpy() for name in _PAIR
    ]
    order = np.lexsort((values, *reversed(columns)))
    columns = [c[order] for c in columns]
    values, edges = values[order], edges[order]
    changes = np.any([c[1:] != c[:-1] for c in columns], axis=0)
    begins = np.concatenate(([0], np.flatnonzero(changes) + 1))
    seen = np.cumsum(edges)
    before = np.concatenate(([0], seen))[begins]
    total = np.add.reduceat(edges, begins)
    # The lower median is the edge at position (total - 1) // 2 of its pair.
    at = np.searchsorted(seen, before + (total - 1) // 2, side="right")
    large = values[at] > SMALL_SKEW_NANO
    return pa.Table.from_arrays(
        [
            pa.array(columns[0][begins][large], pa.int32()).cast(pa.date32()),
            pa.array(columns[1][begins][large], pa.int64()),
            pa.array(columns[2][begins][large], pa.int64()),
            pa.array(values[at][large], pa.int64()),
        ],
        schema=_BOUNDS,
    )
