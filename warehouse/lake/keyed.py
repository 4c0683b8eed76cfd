"""Merging what the workers of a batch staged: distinct entities and rejects."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from warehouse.lake.tables import data_paths
from warehouse.schemas.arrow import int64_array
from warehouse.schemas.parquet import PartFile, PartWriter, open_parquet, write_part
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place


def merge_entities(
    lake: Place, held: DeltaTable | None, name: str, staged: list[Place], file_name: str
) -> list[PartFile]:
    """Write the staged entities whose key the table does not hold yet, each once, as one file.

    `held` is the table as `open_written` gives it.
    Of equal keys the first in the order of `staged` stays, so that a repeated run picks the same rows.
    Returns no file when nothing is new.
    """
    table = TABLES[name]
    (key,) = table.key
    rows = pa.concat_tables([open_parquet(file).read() for file in staged])
    rows = rows.filter(pc.invert(pc.is_in(rows[key], known_keys(lake, held, name))))
    if not rows.num_rows:
        return []
    # Not Table.group_by: that loads Arrow's execution engine and with it pandas, as combining no chunks does.
    _, first = np.unique(np.from_dlpack(rows[key].combine_chunks()), return_index=True)
    distinct = rows.take(int64_array(first))
    return [write_part(table, lake / name, file_name, {}, [distinct])]


def known_keys(lake: Place, held: DeltaTable | None, name: str) -> pa.Array:
    """The keys that a table of entities holds. Memory: eight bytes a key."""
    (key,) = TABLES[name].key
    files = data_paths(lake, name, held) if held else []
    columns = [open_parquet(file).read([key])[key].combine_chunks() for file in files]
    return pa.concat_arrays([int64_array([]), *columns])


def merge_rejects(lake: Place, staged: list[Place], file_name: str) -> list[PartFile]:
    """Write all staged rejects as one file, holding one stage file in memory at a time."""
    with PartWriter(TABLES["rejects"], lake / "rejects", file_name, {}) as writer:
        for file in staged:
            writer.write(open_parquet(file).read())
    return [writer.part()]
