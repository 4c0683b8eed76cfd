"""The native decoder's tables as plain rows of the oracle's form."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from oracle.context import Context
from warehouse.schemas.arrow import arrow_schema
from warehouse.schemas.parquet import native_formats
from warehouse.schemas.promoted import promoted
from warehouse.schemas.registry import TABLES

Tables = dict[str, pa.Table]


def promoted_list(context: Context) -> list[tuple[str, str, str]]:
    return [(table, key, kind) for table, keys in context.promoted.items() for key, kind in keys.items()]


def registry_promoted_list() -> list[tuple[str, str, str]]:
    return [(table, p.key, p.type) for p in promoted() for table in p.tables]


def decoder(context: Context) -> Any:
    from warehouse import _native

    return _native.Decoder(promoted_list(context), context.ingest_batch, context.now_unix_nano)


def finish(decoder: Any) -> Tables:
    """All tables, read from the bytes of their Parquet files, with the partition column back in its place."""
    found: dict[str, list[pa.Table]] = {name: [] for name in native_formats()}
    for name, days, content, rows, _ in decoder.finish(native_formats()):
        table = pq.read_table(io.BytesIO(content))
        assert table.num_rows == rows
        if days is not None:
            dates = pa.array([days] * rows, pa.int32()).cast(pa.date32())
            table = table.add_column(0, arrow_schema(TABLES[name]).field("event_date"), dates)
        found[name].append(table)
    return {
        name: pa.concat_tables([pa.Table.from_batches([], arrow_schema(TABLES[name])), *tables])
        for name, tables in found.items()
    }


def decode(data: bytes, form: str, context: Context | None = None) -> tuple[Tables, dict[str, Any]]:
    """Tables and the feed report of one whole file."""
    context = context or Context()
    d = decoder(context)
    report = d.feed(data, form, context.file_key, "memory", 0, True)
    return finish(d), report


_MAPS = {
    "attributes": "attribute_types",
    "filtered_attributes": "filtered_attribute_types",
    "metadata": "metadata_types",
}


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Row dicts; a map and its type letters become one dict key -> (letter, text)."""
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        for name, letters in _MAPS.items():
            if name not in row:
                continue
            pairs, types = row[name], row.pop(letters)
            assert pairs is not None and len(pairs) == len(types), f"{name} {pairs} with letters {types!r}"
            row[name] = {k: (letter, v) for (k, v), letter in zip(pairs, types, strict=True)}
            assert len(row[name]) == len(pairs), f"equal keys in {name}: {pairs}"
    return rows


def plain_tables(tables: Tables) -> dict[str, list[dict[str, Any]]]:
    return {name: plain_rows(t) for name, t in tables.items() if t.num_rows}
