"""Ledger rows of a batch: what was found in each file, summed over its ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from warehouse import _native
from warehouse.lake.batches import BatchPlan
from warehouse.lake.tables import LEDGER
from warehouse.otlp.compression import open_content
from warehouse.otlp.content import BLOCK_BYTES, UnreadableSource, combine, read_blocks
from warehouse.otlp.convert import COUNTS, ConvertResult, RangeResult
from warehouse.otlp.sniffing import COMPRESSED
from warehouse.otlp.splits import SourceFile
from warehouse.schemas.arrow import arrow_schema, boolean_array, int64_array, text_array
from warehouse.schemas.registry import FACT_TABLES, TABLES

_ARRAYS: dict[str, Callable[[Iterable[Any]], pa.Array]] = {
    "string": text_array,
    "bigint": int64_array,
    "boolean": boolean_array,
}


def ledger_rows(plan: BatchPlan, results: Iterable[ConvertResult]) -> pa.Table:
    """One row per file of the batch, copies included, in order of path."""
    ranges: dict[int, list[RangeResult]] = {}
    for result in sorted(results, key=lambda r: r.split):
        for found in result.ranges:
            ranges.setdefault(found.file, []).append(found)
    rows = [file_row(plan, file, ranges.get(number, [])) for number, file in enumerate(plan.files)]
    for row, file in zip(rows, plan.files, strict=True):
        if file.copy_of is not None:
            original = rows[file.copy_of]
            row |= {"start_offset": original["end_offset"], "end_offset": original["end_offset"]}
            row |= {name: original[name] for name in ("torn_tail_bytes", "inner_form")}
    return ledger_table(rows)


def ledger_table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows as a table of the ledger."""
    rows = list(rows)
    columns = [_ARRAYS[c.type](row[c.name] for row in rows) for c in TABLES[LEDGER].columns]
    return pa.Table.from_arrays(columns, schema=arrow_schema(TABLES[LEDGER]))


def file_row(plan: BatchPlan, file: SourceFile, ranges: list[RangeResult]) -> dict[str, Any]:
    """The ledger's row of one file version from what was found in its ranges."""
    torn = sum(r.torn_tail_bytes for r in ranges)
    if not file.reads and file.form not in COMPRESSED:
        torn = file.size - file.start
    end = max((r.end for r in ranges), default=file.start + torn) - torn
    return {
        "file_key": file.file_key,
        "batch_id": plan.number,
        "path": file.path,
        "size_bytes": file.size,
        "modified_unix_nano": file.modified_unix_nano,
        "etag": file.etag,
        "head_bytes": file.head_bytes,
        "head_hash": file.head_hash,
        "content_hash": _content_hash(file, end, torn > 0, ranges),
        "form": file.form,
        "inner_form": ", ".join(dict.fromkeys(f for r in ranges for f in r.inner_forms)) or file.inner_form,
        "start_offset": file.start,
        "end_offset": end,
        "torn_tail_bytes": torn,
        **{name: sum(r.counts[name] for r in ranges) for name in COUNTS},
        **{f"{table}_rows": sum(r.rows.get(table, 0) for r in ranges) for table in FACT_TABLES},
        "is_replay": False,
        "ingested_at_unix_nano": plan.now_unix_nano,
    }


def _content_hash(file: SourceFile, end: int, is_torn: bool, ranges: list[RangeResult]) -> int:
    """Hash of the bytes taken, from the blocks that the workers hashed where these fit."""
    hashes = [h for r in ranges for h in r.block_hashes]
    try:
        whole, partial = divmod(end - file.start, BLOCK_BYTES)
        if is_torn:
            hashes = hashes[:whole]
            if partial:
                with open_content(file.source, file.form, file.size) as source:
                    hashes += [_native.xxh3_64(b) for b in read_blocks(source, end - partial, end)]
    except (UnreadableSource, OSError):
        pass  # the file went away meanwhile: nothing will be compared with it
    return combine(hashes)
