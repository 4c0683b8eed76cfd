"""What a replay changes: rejects leave, others come, and the ledger is corrected."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake.accounts import file_row, ledger_table
from warehouse.lake.batches import BatchPlan
from warehouse.lake.commit import DataFile
from warehouse.lake.reject_keys import KEY, PLACE, key_texts
from warehouse.lake.tables import open_table
from warehouse.otlp.compression import open_content
from warehouse.otlp.content import UnreadableSource, hash_of
from warehouse.otlp.convert import ConvertResult, RangeResult
from warehouse.otlp.forms import UNREADABLE
from warehouse.otlp.selection import SCHEMA, Selection
from warehouse.otlp.sniffing import COMPRESSED
from warehouse.otlp.splits import END, SourceFile
from warehouse.schemas.arrow import text_array
from warehouse.schemas.parquet import PartFile, open_parquet, write_part
from warehouse.schemas.registry import FACT_TABLES, TABLES
from warehouse.stores.places import Place

_REJECTED = {
    "span": "rejected_spans",
    "log_record": "rejected_log_records",
    "metric_point": "rejected_metric_points",
}
_FOUND = {
    "spans": ("spans_landing",),
    "log_records": ("log_records",),
    "metric_points": (
        "number_points",
        "histogram_points",
        "exponential_histogram_points",
        "summary_points",
    ),
}
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """`leaving`: rejects that are none any more, or are now for another reason (columns KEY). `known`: places
    of rejects that stay as they are. The differences are counts of the ledger by file key.
    """

    leaving: pa.Table
    known: pa.ChunkedArray
    differences: dict[int, Counter[str]]
    is_replay: bool

    @property
    def changes_something(self) -> bool:
        """An ingest does in any case: it has read files."""
        return not self.is_replay or any(any(counts.values()) for counts in self.differences.values())

    @classmethod
    def of(cls, plan: BatchPlan, folder: Place, results: Iterable[ConvertResult]) -> Outcome:
        """From what the batch's folder holds alone, so that a resumed run comes to the same."""
        if plan.replay is None:
            return cls(pa.schema([]).empty_table(), pa.chunked_array([text_array([])]), {}, False)
        results = list(results)
        retried = Selection.load(folder).rows
        found = _staged_keys(folder, results)
        again = key_texts(found, PLACE)
        is_known = pc.is_in(key_texts(retried, PLACE), again.combine_chunks())
        known = key_texts(retried.filter(is_known), PLACE)
        leaving = retried.filter(pc.invert(is_known)).select(list(KEY))
        entering = found.filter(pc.invert(pc.is_in(again, known.combine_chunks())))
        differences: dict[int, Counter[str]] = defaultdict(Counter)
        for found_in in (r for result in results for r in result.ranges):
            rows = {f"{table}_rows": n for table, n in found_in.rows.items() if table in FACT_TABLES}
            differences[plan.files[found_in.file].file_key].update(rows)
        for rows, sign in ((leaving, -1), (entering, 1)):
            for key, column, count in _counted(rows):
                differences[key][column] += sign * count
        for counts in differences.values():
            for name, tables in _FOUND.items():
                counts[name] = counts[f"rejected_{name}"] + sum(counts[f"{t}_rows"] for t in tables)
        return cls(leaving, known, dict(differences), True)

    def ledger_rows(self, plan: BatchPlan, results: Sequence[ConvertResult]) -> pa.Table:
        """One row per changed file: a version when the file was read as if it were new, else a correction."""
        assert plan.replay is not None
        ranges: dict[int, list[RangeResult]] = defaultdict(list)
        for found in (r for result in sorted(results, key=lambda r: r.split) for r in result.ranges):
            ranges[found.file].append(found)
        rows: dict[int, dict[str, Any]] = {}
        was_unread = pc.equal(self.leaving["reason"], UNREADABLE)
        mended = set(self.leaving.filter(was_unread)["file_key"].to_pylist())
        for number, file in enumerate(plan.files):
            counts = self.differences.get(file.file_key, Counter[str]())
            if not any(counts.values()):
                continue
            if number in plan.replay.whole:
                row = file_row(plan, file, ranges[number]) | dict(counts)
            else:
                row = file_row(plan, file, []) | dict(counts)
                row |= {"start_offset": file.start, "end_offset": file.start, "torn_tail_bytes": 0}
                row["is_replay"] = True
                if file.file_key in mended:
                    row["content_hash"] = _hash_of_all(file) or row["content_hash"]
            rows[file.file_key] = row
        return ledger_table(rows.values())

    def replace_rejects(
        self, lake: Place, staged: Sequence[Place], name: str
    ) -> tuple[list[PartFile], list[DataFile]]:
        """Write anew the files of `rejects` that hold leaving rows, and the rows that come."""
        leaving = key_texts(self.leaving, KEY).combine_chunks()
        table = open_table(lake, "rejects")
        actions = table.get_add_actions(flatten=True)
        parts, removed = [], []
        listed = zip(
            actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist(), strict=True
        )
        for number, (path, size) in enumerate(sorted(listed)):
            file = lake / "rejects" / path
            if not pc.any(pc.is_in(key_texts(open_parquet(file).read(list(KEY)), KEY), leaving)).as_py():
                continue
            removed.append(DataFile(path, size, {}))
            rest = _rows_without([file], KEY, leaving)
            parts.append(write_part(TABLES["rejects"], lake / "rejects", f"{number:05d}-{name}", {}, rest))
        coming = _rows_without(staged, PLACE, self.known.combine_chunks())
        parts.append(write_part(TABLES["rejects"], lake / "rejects", name, {}, coming))
        for part in parts:
            if not part.rows:
                (lake / "rejects" / part.path).unlink()
        return [part for part in parts if part.rows], removed


def _hash_of_all(file: SourceFile) -> int | None:
    """Hash of a version of which a piece could not be read before; None while that is so."""
    try:
        with open_content(file.source, file.form, file.size) as source:
            return hash_of(source, file.start, END if file.form in COMPRESSED else file.size)
    except (UnreadableSource, OSError):
        return None


def _staged_keys(folder: Place, results: Iterable[ConvertResult]) -> pa.Table:
    """Keys of the rejects that the replay found."""
    schema = pa.schema([(name, SCHEMA.field(name).type) for name in KEY])
    files = [folder / path for result in results for path in result.stages.get("rejects", [])]
    return pa.concat_tables(
        [schema.empty_table(), *(open_parquet(f).read(list(KEY)).cast(schema) for f in files)]
    )


def _counted(rejects: pa.Table) -> Iterator[tuple[int, str, int]]:
    """File key, column of the ledger, rejects."""
    for signal in pc.unique(rejects["signal"]).to_pylist():
        keys = rejects.filter(pc.equal(rejects["signal"], signal))["file_key"].to_numpy()
        for key, count in zip(*np.unique(keys, return_counts=True), strict=True):
            yield int(key), _REJECTED.get(signal, "rejected_other"), int(count)


def _rows_without(files: Iterable[Place], names: Sequence[str], keys: pa.Array) -> Iterator[pa.Table]:
    for file in files:
        for batch in open_parquet(file).iter_batches(batch_size=_ROWS_AT_ONCE):
            rows = pa.Table.from_batches([batch])
            yield rows.filter(pc.invert(pc.is_in(key_texts(rows, names), keys)))
