"""Files of a table as one that stays."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import pyarrow as pa

from warehouse.lake.compaction_plan import SETTLED_FILE, Group
from warehouse.lake.row_order import settled_order
from warehouse.schemas.arrow import file_schema
from warehouse.schemas.layout import settled
from warehouse.schemas.parquet import PartFile, PartWriter, discard_parts, open_parquet
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place
from warehouse.telemetry import carried, traced


@dataclass(frozen=True, slots=True)
class Compacted:
    """A group, given by its place among the planned ones, and the file that holds its rows now."""

    place: int
    part: PartFile


Compactor = Callable[[Place, Sequence[Group], int], Iterator[Compacted]]
"""Runs `compact` on the groups of a lake for the run of that number, anywhere and in any order."""


@traced("compact")
def compact(lake: Place, group: Group, number: int) -> PartFile:
    """Write the rows of the group's files as one file, which nothing names yet.

    Rows are in `settled_order`; equal ones keep that of the files. Memory: the rows once, and a row group.
    """
    table = TABLES[group.table]
    folder = lake / group.table
    rows = pa.concat_tables(
        [open_parquet(folder / f.data.path).read() for f in group.files], promote_options="permissive"
    )
    promoted_since = [field for field in file_schema(table) if field.name not in rows.column_names]
    rows = pa.concat_tables([rows, pa.schema(promoted_since).empty_table()], promote_options="permissive")
    order = settled_order(table, rows)
    partition = group.files[0].data.partition
    below = "".join(f"{name}={value}/" for name, value in partition.items())
    path = f"{below}{SETTLED_FILE}{number:06d}-{group.index:05d}-{uuid.uuid4().hex[:12]}.parquet"
    layout = settled(rows.num_rows)
    with PartWriter(table, folder, path, partition, layout) as writer:
        for at in range(0, rows.num_rows, layout.row_group):
            writer.write(rows.take(pa.array(order[at : at + layout.row_group])))
    return writer.part()


def on_threads(workers: int) -> Compactor:
    """A compactor of this process: reading, sorting and compressing release the GIL."""

    def run(lake: Place, groups: Sequence[Group], number: int) -> Iterator[Compacted]:
        work = carried(compact)
        with ThreadPoolExecutor(workers) as pool:
            pending = {pool.submit(work, lake, group, number): n for n, group in enumerate(groups)}
            try:
                for future in as_completed(pending):
                    yield Compacted(pending[future], future.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                for future, at in pending.items():
                    if not future.cancelled() and not future.exception():
                        discard_parts(lake, {groups[at].table: [future.result()]})
                raise

    return run
