"""Copies of a landed span that lose against another one beside them: set aside on disk while they are read.

A copy that ends before another with its ids, or as late with a smaller content key, loses whatever else the
lake holds. So a unit holds few rows of a span, however many copies of other content came of it.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.integrity.columns import Numbers, arrow, numbers
from warehouse.integrity.rendering import SCHEMA, render_violations
from warehouse.schemas.dictionaries import decoded
from warehouse.traces.conflicts import CONFLICT, MORE, MOST_TOLD, told_together
from warehouse.traces.copies import has_ids
from warehouse.traces.identity import span_identity

_BUCKETS = 64
"""Parts of the copies that are set aside, by content key: one is held at a time."""
_ROWS = 32_768
"""Rows that are set aside together."""
_LARGE_TRACE = 1_000
"""Rows of a trace from which on it is worth looking for copies anywhere."""
_OF_SENTENCES = ["event_date", "trace_id", "span_id", "name", "service_name", "resource_key"]
Sift = Callable[[pa.Table], pa.Table]
"""Takes landed rows and gives those that stay."""


class Outranked:
    """What is set aside of the landing rows of one unit: first its spans are sifted, then their children.

    It goes into `folder`, or is forgotten without one, where only what stays is of interest.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, list[Path]] = {}
        self._spans = pa.array([], pa.string())
        self.violations = SCHEMA.empty_table()
        """A conflict for each copy, on the date of the copy; see `told_together`."""

    def spans(self, rows: pa.Table) -> pa.Table:
        """The rows without those that another of them outranks; equal copies are folded before."""
        loses = _loses(rows)
        if not loses.any():
            return rows
        ids = span_identity(rows.select(["trace_id", "span_id"]).filter(arrow(loses)))
        self._spans = pc.unique(pa.concat_arrays([self._spans, ids]))
        if self._folder:
            for losing in self._put(self._folder, "spans", rows, loses):
                self.violations = told_together(pa.concat_tables([self.violations, _conflicts(losing)]))
        return rows.filter(arrow(~loses))

    def of_children(self, name: str, staying: pa.Table) -> Sift:
        """Sifts children, rows of the child table `name`: those stay that came with the spans that do."""
        if not len(self._spans):
            return lambda rows: rows
        copies = _copy(staying.filter(pc.is_in(span_identity(staying), self._spans)))

        def sift(rows: pa.Table) -> pa.Table:
            went = pc.and_not(pc.is_in(span_identity(rows), self._spans), pc.is_in(_copy(rows), copies))
            if self._folder:
                deque(self._put(self._folder, name, rows, numbers(went)), maxlen=0)
            return rows.filter(pc.invert(went))

        return sift

    def buckets(self, children: dict[str, pa.Table]) -> Iterator[tuple[pa.Table, dict[str, pa.Table]]]:
        """Spans and children that were set aside, part by part. `children` holds tables of their columns."""
        for bucket in range(_BUCKETS if self._files else 0):
            spans = _landed(self._read("spans", bucket))
            rows = {
                name: _landed(self._read(name, bucket)) if name in self._files else none.slice(0, 0)
                for name, none in children.items()
            }
            if spans.num_rows:
                yield spans, rows

    def forget(self) -> None:
        """Remove what was set aside."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _put(self, folder: Path, name: str, rows: pa.Table, which: Numbers) -> Iterator[pa.Table]:
        """Write rows as Arrow files of one batch a bucket, and give them piece by piece."""
        folder.mkdir(parents=True, exist_ok=True)
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        buckets = (numbers(rows["content_key"]).view(np.uint64) % _BUCKETS).astype(np.int64)
        at = np.flatnonzero(which)
        for begin in range(0, len(at), _ROWS):
            some = at[begin : begin + _ROWS]
            bucket = buckets[some]
            ordered = rows.take(arrow(some[np.argsort(bucket, kind="stable")]))
            batch = decoded(ordered).combine_chunks().to_batches()[0]
            ends = np.cumsum(np.bincount(bucket, minlength=_BUCKETS)).tolist()
            files = self._files.setdefault(name, [])
            files.append(folder / f"{name}-{len(files)}.arrow")
            with pa.ipc.new_file(str(files[-1]), batch.schema, options=options) as writer:
                for first, end in zip([0, *ends], ends, strict=False):
                    writer.write_batch(batch.slice(first, end - first))
            yield pa.Table.from_batches([batch])

    def _read(self, name: str, bucket: int) -> pa.Table:
        found = []
        for file in self._files[name]:
            with pa.memory_map(str(file)) as source:
                found.append(pa.ipc.open_file(source).get_batch(bucket))
        return pa.Table.from_batches(found)


def _loses(rows: pa.Table) -> Numbers:
    """Which rows another with their ids outranks, as the kernel ranks copies.

    Looked for where rows with one id follow each other, as copies that begin together do in landing files,
    and in large traces, whose copies may begin at any time.
    """
    if not (_has_equal(rows["span_id"], 1) or _has_equal(rows["trace_id"], _LARGE_TRACE)):
        return np.zeros(rows.num_rows, bool)
    span = pc.fill_null(span_identity(rows), "").dictionary_encode().indices.to_numpy(zero_copy_only=False)
    start, duration, key = (
        numbers(rows[name]) for name in ("start_time_unix_nano", "duration_nano", "content_key")
    )
    length = np.maximum(duration, 0)
    end = np.where(start > np.iinfo(np.int64).max - length, np.iinfo(np.int64).max, start + length)
    order = np.lexsort((key, end, span))
    ordered = [column[order] for column in (span, end, key)]
    ends_span = np.append(ordered[0][1:] != ordered[0][:-1], True)
    # The last of each span is the best of it.
    best = np.flatnonzero(ends_span)[np.cumsum(ends_span) - ends_span]
    loses = np.zeros(rows.num_rows, bool)
    loses[order] = np.any([column != column[best] for column in ordered[1:]], axis=0)
    return loses & has_ids(rows)


def _has_equal(ids: pa.ChunkedArray, distance: int) -> bool:
    """Whether two rows at this distance have the same id."""
    return bool(pc.any(pc.equal(ids[distance:], ids[:-distance])).as_py())


def _conflicts(losing: pa.Table) -> pa.Table:
    """Violations by the rows; one that stands for many equal copies tells of some and counts the others."""
    copies = numbers(losing["duplicate_count"]).astype(np.int64) + 1
    told = np.minimum(copies, MOST_TOLD)
    many = np.flatnonzero(copies > told)
    row = np.concatenate((np.repeat(np.arange(losing.num_rows), told), many))
    is_more = np.arange(len(row)) >= len(row) - len(many)
    findings = {
        "event_date": losing["event_date"].take(arrow(row)),
        "trace_id": losing["trace_id"].take(arrow(row)),
        "finding": pc.if_else(arrow(is_more), MORE, CONFLICT),
        "row": arrow(row),
        "value": arrow((copies - told)[row]),
    }
    return render_violations(pa.table(findings), losing.select(_OF_SENTENCES))


def _copy(rows: pa.Table) -> pa.Array:
    """Ids and content of landed rows as one text."""
    content = rows["content_key"].cast(pa.string()).combine_chunks()
    return pc.binary_join_element_wise(span_identity(rows), content, ":")


def _landed(rows: pa.Table) -> pa.Table:
    return rows.append_column("is_assembled", pa.repeat(pa.scalar(False), rows.num_rows))
