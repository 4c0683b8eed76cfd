"""Which rejects a replay retries: of a file that is read again only they are taken."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.parquet import open_parquet, write_rows
from warehouse.stores.places import Place

_FILE_NAME = "retried.parquet"
SCHEMA = pa.schema(
    [
        ("file", pa.int64()),
        ("file_key", pa.int64()),
        ("batch_id", pa.int64()),
        ("byte_offset", pa.int64()),
        ("record_ordinal", pa.int32()),
        ("signal", pa.string()),
        ("reason", pa.string()),
        ("begin", pa.int64()),
        ("end", pa.int64()),
    ]
)
"""One row a reject: its key, the number of its file in the batch, and the bytes whose records are taken.

`begin` is -1 where that is the one record of this signal, offset and position.
"""


class Selection:
    """The rejects that one batch retries."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows

    @classmethod
    def load(cls, folder: Place) -> Selection:
        return cls(open_parquet(folder / _FILE_NAME).read())

    def save(self, folder: Place) -> None:
        write_rows(self.rows, folder / _FILE_NAME)

    def of_file(self, number: int) -> tuple[list[tuple[int, int]], list[tuple[str, int, int]]]:
        """Byte ranges, and single records by signal, offset and position, of one file of the batch."""
        rows = self.rows.filter(pc.equal(self.rows["file"], number))
        is_single = pc.less(rows["begin"], 0)
        single, ranges = rows.filter(is_single), rows.filter(pc.invert(is_single))
        names = ("signal", "byte_offset", "record_ordinal")
        return (
            list(zip(*(ranges[name].to_pylist() for name in ("begin", "end")), strict=True)),
            list(zip(*(single[name].to_pylist() for name in names), strict=True)),
        )
