"""Values that older files keep in their maps, moved into the columns that their attributes have since."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow, flat
from warehouse.integrity.entries import Entries
from warehouse.schemas.arrow import ARROW_TYPES
from warehouse.schemas.model import Table
from warehouse.schemas.promoted import declared, encoder_columns, promoted_in


def with_promoted(rows: pa.Table, table: Table, lacking: Collection[str]) -> pa.Table:
    """Rows whose declared attributes, and those of the columns that their file is `lacking`, left the map.

    `rows` are of the table in the registry's types. As at decoding, values of another type than the column's
    stay in the map, and so do those under older names. Rows without their maps or types stay as they are.
    """
    held = {"attributes", "attribute_types"} <= set(rows.column_names)
    place = table.name.removesuffix("_landing")
    since = {p.column.name for p in promoted_in(place) if p in declared() or p.column.name in lacking}
    wanted = [c for c in encoder_columns().get(place, ()) if c[0] in since and c[0] in rows.column_names]
    if not (held and wanted and rows.num_rows):
        return rows
    types = rows["attribute_types"].combine_chunks()
    entries = Entries.of(rows["attributes"].combine_chunks(), types)
    moved = np.zeros(len(entries.key_codes), np.bool_)
    for column, key, letter in wanted:
        found = entries.positions_of((key,))
        found = found[entries.letters[found] == ord(letter)]
        if len(found):
            moved[found] = True
            type_ = ARROW_TYPES[table.column(column).type]
            values = entries.values_at(found, rows.num_rows).cast(type_)
            at = rows.column_names.index(column)
            field = rows.schema.field(at).with_type(type_)
            rows = rows.set_column(at, field, pc.coalesce(flat(rows[column]), values))
    return _without(rows, entries, moved) if moved.any() else rows


def _without(rows: pa.Table, entries: Entries, moved: Numbers) -> pa.Table:
    """The rows without some entries of their maps."""
    stay = np.flatnonzero(~moved)
    offsets = np.concatenate(([0], np.cumsum(~moved)))[entries.offsets].astype(np.int32)
    keys = entries.keys.take(arrow(entries.key_codes[stay]))
    maps = pa.MapArray.from_arrays(arrow(offsets), keys, entries.values.take(arrow(stay)))
    letters = [None, pa.py_buffer(offsets), pa.py_buffer(entries.letters[stay])]
    types = pa.Array.from_buffers(pa.string(), rows.num_rows, letters)
    for name, column in (("attributes", maps.cast(ARROW_TYPES["map"])), ("attribute_types", types)):
        place = rows.column_names.index(name)
        rows = rows.set_column(place, rows.schema.field(place).with_type(column.type), column)
    return rows
