"""What goes into the native kernel: the light columns of a unit's spans and links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from warehouse import _native
from warehouse.schemas.arrow import int64_array
from warehouse.schemas.dictionaries import united
from warehouse.schemas.registry import TABLES
from warehouse.traces.arrow_ipc import read_stream
from warehouse.traces.context import TREE_COLUMNS
from warehouse.traces.entities import Entities
from warehouse.traces.identity import span_identity
from warehouse.traces.unit_rows import UnitRows

_PEERS = (*(c for c in _native.peer_columns() if c in TABLES["spans"].column_names), "attributes")
"""What names peers."""
LINK_COLUMNS = ("event_date", "trace_id", "span_id", "content_key", "linked_trace_id", "linked_span_id")
SURVEY_COLUMNS = (*TREE_COLUMNS, "content_key", "is_assembled", *_PEERS)
"""Span columns that a survey reads."""


@dataclass(frozen=True, slots=True)
class KernelInput:
    """A unit's spans (then those of its context) and links; see `_native.assemble`."""

    spans: pa.Table
    links: pa.Table


def kernel_input(rows: UnitRows, known_issues: pa.Array) -> KernelInput:
    """The unit as the kernel takes it. `known_issues`: a bit set per row of `rows.spans`."""
    spans = rows.spans.select(SURVEY_COLUMNS)
    spans = spans.append_column("known_issues", known_issues)
    context = rows.context.spans.rename_columns(
        ["known_issues" if name == "issues" else name for name in rows.context.spans.column_names]
    ).drop_columns(["name"])
    links = pa.concat_tables([rows.links.select(LINK_COLUMNS), rows.context.links], promote_options="default")
    return KernelInput(united([spans, context]), links)


def no_issues(rows: UnitRows) -> pa.Array:
    """No bit for any span, where only the trees matter."""
    return pa.repeat(pa.scalar(0, pa.int32()), rows.spans.num_rows)


def colliding_rows(rows: UnitRows) -> pa.Array:
    """Assembled rows that meet a landing copy of the same span, and so need their content key."""
    if not pc.any(rows.spans["is_assembled"]).as_py():
        return int64_array([])
    given = rows.stacked(["trace_id", "span_id", "is_assembled"])
    found = read_stream(_native.colliding_rows(given))["row"].combine_chunks()
    return found.filter(pc.less(found, rows.spans.num_rows))


def with_content_keys(
    rows: UnitRows, entities: Entities, whole: Callable[[], UnitRows] | None = None
) -> UnitRows:
    """The unit with `content_key` filled on assembled spans that meet a landing copy, and on their links.

    `whole` reads all columns of the spans, where `rows` has some.
    """
    colliding = colliding_rows(rows)
    if not len(colliding):
        return rows
    spans, source = rows.spans.take(colliding), whole() if whole else rows
    held = source.spans.filter(source.spans["is_assembled"])
    full = held.take(pc.index_in(span_identity(spans), span_identity(held)))
    children = [part.filter(part["is_assembled"]) for part in (source.events, source.links)]
    keys = entities.content_keys(full, *children)
    filled = pc.index_in(int64_array(range(rows.spans.num_rows)), colliding)
    own = pc.coalesce(rows.spans["content_key"].combine_chunks(), keys.take(filled))
    of_links = keys.take(pc.index_in(span_identity(rows.links), span_identity(spans)))
    return replace(
        rows,
        spans=_with_key(rows.spans, own),
        links=_with_key(rows.links, pc.coalesce(rows.links["content_key"], of_links)),
    )


def _with_key(rows: pa.Table, keys: pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index("content_key"), "content_key", keys)
