"""The batch of a replay: what was chosen, cut into pieces of work that hold some of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from warehouse.lake.batches import BatchFolder, BatchPlan, Replay
from warehouse.lake.replay_plan import Chosen
from warehouse.otlp.selection import SCHEMA, Selection
from warehouse.otlp.splits import FileRange, Split, plan_splits, split_bytes_for
from warehouse.stores.places import Place


def plan_replay(
    lake: Place, number: int, chosen: Chosen, workers: int, split_bytes: int | None, max_decompressed: int
) -> BatchPlan:
    """The plan of the batch, written down. Parameters are those of `ingest`."""
    selection = Selection(pa.concat_tables([SCHEMA.empty_table(), *chosen.rows]))
    total = sum(f.bytes_to_read for f in chosen.files)
    size = split_bytes or split_bytes_for(total, workers)
    splits = plan_splits(chosen.files, size, max_decompressed=max_decompressed, workers=workers)
    replay = Replay(chosen.whole, chosen.kept_bytes)
    plan = BatchPlan(number, time.time_ns(), tuple(chosen.files), tuple(_needed(splits, selection)), replay)
    folder = BatchFolder(lake, number)
    selection.save(folder.path)
    folder.save_plan(plan)  # the last: without it the folder is of no meaning
    return plan


def _needed(splits: Sequence[Split], selection: Selection) -> Iterator[Split]:
    """Leave out ranges that hold nothing selected."""
    wanted = {r.file: selection.of_file(r.file) for split in splits for r in split.ranges}

    def is_needed(piece: FileRange) -> bool:
        ranges, records = wanted[piece.file]
        # Where the line or message of a single record begins is not known.
        return bool(records) or any(begin < piece.end and end > piece.start for begin, end in ranges)

    # Whether the file holds what was read of it was looked up when it was chosen, whatever its time.
    kept = (tuple(replace(r, modified_unix_nano=0) for r in split.ranges if is_needed(r)) for split in splits)
    yield from (Split(index, ranges) for index, ranges in enumerate(filter(None, kept)))
