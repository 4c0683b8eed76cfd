"""Rows of `rejects` and what identifies them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake.tables import data_paths
from warehouse.schemas.parquet import open_parquet
from warehouse.stores.places import Place

PLACE = ("file_key", "byte_offset", "record_ordinal", "signal", "reason")
"""What is equal when the same bytes are rejected again for the same reason."""
KEY = ("batch_id", *PLACE)
"""What one row is known by."""


def key_texts(rows: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    """The columns as one text a row."""
    return pc.binary_join_element_wise(*(rows[name].cast(pa.string()) for name in names), "\0")


def reject_rows(lake: Place, columns: Sequence[str], rows_at_once: int) -> Iterator[pa.Table]:
    """The columns of all rejects, a bounded number of rows at a time."""
    for file in data_paths(lake, "rejects"):
        for batch in open_parquet(file).iter_batches(batch_size=rows_at_once, columns=list(columns)):
            yield pa.Table.from_batches([batch])
