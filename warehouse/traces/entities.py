"""Spans as OTLP messages: what a losing copy is kept as, and how a content key is found again."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from warehouse import _native
from warehouse.integrity.columns import arrow
from warehouse.lake.tables import data_paths
from warehouse.schemas.arrow import file_schema, int64_array
from warehouse.schemas.dictionaries import decoded
from warehouse.schemas.parquet import native_formats, open_parquet
from warehouse.schemas.promoted import decoder_columns, encoder_columns
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.traces.arrow_ipc import ipc_bytes
from warehouse.traces.identity import copy_identity, span_identity

_FAR_FUTURE = 2**63 - 1


class Entities:
    """The lake's resources and scopes, read when first needed. They are few and never change."""

    def __init__(self, lake: Place, tables: dict[str, DeltaTable]) -> None:
        self._files = {name: data_paths(lake, name, tables[name]) for name in ("resources", "scopes")}
        self._loaded: dict[str, pa.Table] = {}

    def named_by(self, spans: pa.Table, name: str) -> pa.Table:
        """Rows of `resources` or `scopes` that the spans name."""
        key = f"{name.removesuffix('s')}_key"
        if name not in self._loaded:
            none = file_schema(TABLES[name]).empty_table()
            found = [open_parquet(f).read() for f in self._files[name]]
            self._loaded[name] = pa.concat_tables([none, *(f.cast(none.schema) for f in found)])
        whole = self._loaded[name]
        return whole.filter(pc.is_in(whole[key], spans[key].combine_chunks()))

    def as_protobuf(self, spans: pa.Table, events: pa.Table, links: pa.Table) -> bytes:
        """The spans as one ExportTraceServiceRequest behind its uint32 length, in their order.

        `events` and `links` are those of exactly these spans, with `parent_row`, the position of their span.
        """
        return _native.encode("proto", "spans", self._streams(spans, events, links), encoder_columns())

    def as_messages(
        self, spans: pa.Table, events: pa.Table, links: pa.Table, limit: int
    ) -> list[tuple[bytes, int]]:
        """Each span as a request of its own, cut to `limit` bytes, and the length of the whole; see above."""
        return _native.encode_each(self._streams(spans, events, links), encoder_columns(), limit)

    def _streams(self, spans: pa.Table, events: pa.Table, links: pa.Table) -> dict[str, bytes]:
        tables = {"rows": spans, "span_events": events, "span_links": links}
        tables |= {name: self.named_by(spans, name) for name in ("resources", "scopes")}
        return {name: ipc_bytes(decoded(rows).combine_chunks()) for name, rows in tables.items()}

    def content_keys(self, spans: pa.Table, events: pa.Table, links: pa.Table) -> pa.Array:
        """Content keys of assembled spans, which do not store them: their messages are decoded anew.

        (trace_id, span_id) is unique in `spans`.
        """
        decoder = _native.Decoder(decoder_columns(), 0, _FAR_FUTURE)
        for begin in range(0, spans.num_rows, _MESSAGE_ROWS):
            part = spans.slice(begin, _MESSAGE_ROWS)
            message = self.as_protobuf(part, children_of(part, events), children_of(part, links))
            decoder.feed(message, "proto_length_prefixed", 0, "", 0, True)
        decoded = _landed(decoder)
        positions = pc.index_in(span_identity(spans), span_identity(decoded))
        return decoded["content_key"].combine_chunks().take(positions)


_MESSAGE_ROWS = 4096
_KEYS = ["trace_id", "span_id", "content_key"]


def _landed(decoder: _native.Decoder) -> pa.Table:
    """Ids and content keys of the spans that were decoded."""
    files = [
        pq.ParquetFile(pa.BufferReader(f[2]))
        for f in decoder.finish(native_formats())
        if f[0] == "spans_landing"
    ]
    none = file_schema(TABLES["spans_landing"]).empty_table().select(_KEYS)
    return pa.concat_tables([none, *(f.read(_KEYS) for f in files)])


def children_of(spans: pa.Table, children: pa.Table) -> pa.Table:
    """Children of the spans by (trace_id, span_id), ordered by span and ordinal, with `parent_row`."""
    return _with_parents(children, pc.index_in(span_identity(children), span_identity(spans)))


def children_of_copies(spans: pa.Table, children: pa.Table) -> pa.Table:
    """Children that came with these copies of spans, each ordinal once, as `children_of` gives them.

    (trace_id, span_id, content_key, is_assembled) is unique in `spans`; equal copies may have brought a child
    several times.
    """
    mine = _with_parents(children, pc.index_in(copy_identity(children), copy_identity(spans)))
    parents, ordinals = (mine[name].to_numpy() for name in ("parent_row", "ordinal"))
    is_again = (parents[1:] == parents[:-1]) & (ordinals[1:] == ordinals[:-1])
    return mine.filter(arrow(np.concatenate((np.ones(min(len(parents), 1), bool), ~is_again))))


def _with_parents(children: pa.Table, parents: pa.Array) -> pa.Table:
    mine = children.append_column("parent_row", parents.cast(pa.int64())).filter(pc.is_valid(parents))
    order = np.lexsort((mine["ordinal"].to_numpy(), mine["parent_row"].to_numpy()))
    return mine.take(int64_array(order))
