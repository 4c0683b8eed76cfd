"""The rows that an ingest of sources would add, as Parquet files that belong to no lake."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from warehouse.lake.accounts import ledger_rows
from warehouse.lake.batches import BatchPlan
from warehouse.lake.ledger import Ledger
from warehouse.lake.planning import sort_out
from warehouse.lake.tables import LEDGER
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.convert import Batch, convert
from warehouse.otlp.sources import find_files
from warehouse.otlp.splits import plan_splits, split_bytes_for
from warehouse.schemas.parquet import write_part
from warehouse.schemas.registry import TABLES


def convert_unkept(
    sources: Iterable[str | Path],
    folder: Path,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, list[Path]]:
    """Decode the sources into files below `folder` and return these by table.

    Tables of entities repeat an entity in every file that met it. `progress` is called with source bytes done
    and in all. Raises WarehouseError when a source is missing, OSError when the folder cannot be written.
    """
    workers = workers or len(os.sched_getaffinity(0))
    files = sort_out(find_files(sources), Ledger.empty(), DECOMPRESSED_LIMIT).files
    total = sum(file.bytes_to_read for file in files)
    splits = plan_splits(files, split_bytes_for(total, workers), workers=workers)
    plan = BatchPlan(1, time.time_ns(), tuple(files), tuple(splits))
    stage = folder / "stage"
    stage.mkdir()
    batch = Batch(folder, stage, plan.number, plan.now_unix_nano)
    found: dict[str, list[Path]] = defaultdict(list)
    results, done = [], 0
    with ThreadPoolExecutor(workers) as pool:
        pending = {pool.submit(convert, split, batch): split for split in splits}
        try:
            for future in as_completed(pending):
                results.append(future.result())
                done += pending[future].size
                if progress:
                    progress(done, total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    for result in results:
        for table, parts in result.parts.items():
            found[table] += [folder / table / part.path for part in parts]
        for table, names in result.stages.items():
            found[table] += [stage / name for name in names]
    ledger = write_part(TABLES[LEDGER], folder, "ledger.parquet", {}, [ledger_rows(plan, results)])
    return found | {LEDGER: [folder / ledger.path]}
