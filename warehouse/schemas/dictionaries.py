"""Text columns held as dictionaries: what few values come again in is read, moved and written as numbers."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa


def keeping_dictionaries(schema: pa.Schema, held: pa.Schema) -> pa.Schema:
    """`schema`, with dictionaries for the columns that `held` has them for."""
    kept = {field.name: field.type for field in held if pa.types.is_dictionary(field.type)}
    return pa.schema([field.with_type(kept.get(field.name, field.type)) for field in schema])


def decoded(rows: pa.Table) -> pa.Table:
    """The rows without dictionaries."""
    return rows.cast(pa.schema([field.with_type(_plain(field.type)) for field in rows.schema]))


def united(pieces: Iterable[pa.Table]) -> pa.Table:
    """One table of pieces that agree in types but for dictionaries; columns that one lacks are null there.

    A column stays a dictionary, one for all rows, where every piece with a value of it holds it so.
    """
    found = list(pieces)
    if any(piece.schema != found[0].schema for piece in found):
        fields = [(field, piece) for piece in found for field in piece.schema]
        encoded = {field.name: field.type for field, _ in fields if pa.types.is_dictionary(field.type)}
        for field, piece in fields:
            if field.type != encoded.get(field.name) and piece[field.name].null_count < piece.num_rows:
                encoded.pop(field.name, None)
        found = [_with_types(piece, encoded) for piece in found]
    return pa.concat_tables(found, promote_options="default").unify_dictionaries()


def _with_types(rows: pa.Table, encoded: dict[str, pa.DataType]) -> pa.Table:
    schema = pa.schema([f.with_type(encoded.get(f.name, _plain(f.type))) for f in rows.schema])
    columns = [_cast(column, field.type) for column, field in zip(rows.columns, schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    if column.type == kind:
        return column
    # Casting nulls to a dictionary looks at each.
    return pa.nulls(len(column), kind) if column.null_count == len(column) else column.cast(kind)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
