"""Merging what the workers of a batch staged: distinct entities and rejects."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.lake.tables import open_table
from warehouse.schemas.parquet import PartFile, PartWriter, write_part
from warehouse.schemas.registry import TABLES

_ROW = "__row"


def merge_entities(lake: Path, name: str, staged: list[Path], file_name: str) -> list[PartFile]:
    """Write the staged entities whose key the table does not hold yet, each once, as one file.

    Of equal keys the first in the order of `staged` stays, so that a repeated run picks the same rows.
    Returns no file when nothing is new.
    """
    table = TABLES[name]
    (key,) = table.key
    rows = pa.concat_tables([pq.read_table(file) for file in staged])
    rows = rows.filter(pc.invert(pc.is_in(rows[key], known_keys(lake, name))))
    numbered = pa.table({key: rows[key], _ROW: pa.array(range(rows.num_rows), pa.int64())})
    first = numbered.group_by(key, use_threads=False).aggregate([(_ROW, "min")])[f"{_ROW}_min"]
    if not len(first):
        return []
    distinct = rows.take(first).sort_by([(column, "ascending") for column in table.sort])
    return [write_part(table, lake / name, file_name, {}, [distinct])]


def known_keys(lake: Path, name: str) -> pa.Array:
    """The keys that a table of entities holds. Memory: eight bytes a key."""
    (key,) = TABLES[name].key
    files = open_table(lake, name).file_uris()
    columns = [pq.read_table(file, columns=[key])[key].combine_chunks() for file in files]
    return pa.concat_arrays([pa.array([], pa.int64()), *columns])


def merge_rejects(lake: Path, staged: list[Path], file_name: str) -> list[PartFile]:
    """Write all staged rejects as one file, holding one stage file in memory at a time."""
    with PartWriter(TABLES["rejects"], lake / "rejects", file_name, {}) as writer:
        for file in staged:
            writer.write(pq.read_table(file))
    return [writer.part()]
