"""One split of OTLP bytes to Parquet files of the lake: a pure function that never commits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Protocol

from warehouse import _native
from warehouse.otlp.ahead import opened_ahead
from warehouse.otlp.changing import SourceChanged, refuse
from warehouse.otlp.compression import DECOMPRESSED_LIMIT
from warehouse.otlp.forms import feed_range
from warehouse.otlp.pending import LOOK_AHEAD, RAW_BYTES, RECORD_LIMIT, Bytes
from warehouse.otlp.selection import Selection
from warehouse.otlp.splits import FileRange, Split, shallow
from warehouse.schemas.parquet import PartFile, discard_parts, native_formats, write_file
from warehouse.schemas.promoted import decoder_columns
from warehouse.stores.places import Place

_FLUSH_BYTES = 96 * 1024 * 1024
"""Decoded source bytes after which rows are written out: bounds the memory of one worker."""
_EPOCH = dt.date(1970, 1, 1)
COUNTS = (
    "messages",
    "spans",
    "log_records",
    "metric_points",
    "rejected_spans",
    "rejected_log_records",
    "rejected_metric_points",
    "rejected_other",
)


@dataclass(slots=True)
class RangeResult:
    """What one file range held. `counts` has the keys of COUNTS, `rows` a key per table.

    `end` is the offset that reading came to, in decompressed bytes for a compressed file.
    """

    file: int
    counts: dict[str, int]
    rows: dict[str, int]
    torn_tail_bytes: int
    block_hashes: list[int]
    end: int
    inner_forms: list[str]
    """Forms found inside a compressed or framed file, in the order of their discovery."""


@dataclass(slots=True)
class ConvertResult:
    """Files written by one split, and what its ranges held. `stages` are paths below the stage folder."""

    split: int
    parts: dict[str, list[PartFile]] = field(default_factory=dict)
    stages: dict[str, list[str]] = field(default_factory=dict)
    ranges: list[RangeResult] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "split": self.split,
            "parts": {table: [shallow(p) for p in parts] for table, parts in self.parts.items()},
            "stages": self.stages,
            "ranges": [shallow(r) for r in self.ranges],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ConvertResult:
        return cls(
            value["split"],
            {t: [PartFile(**p) for p in parts] for t, parts in value["parts"].items()},
            value["stages"],
            [RangeResult(**r) for r in value["ranges"]],
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What every conversion of a batch shares: where files go, the batch's number and its time."""

    lake: Place
    stage: Place
    number: int
    now_unix_nano: int
    record_limit: int = RECORD_LIMIT
    max_decompressed: int = DECOMPRESSED_LIMIT
    is_replay: bool = False
    """Take only what the stage folder's selection of rejects names."""


def convert(split: Split, batch: Batch) -> ConvertResult:
    """Decode the split's bytes and write rows: fact tables into the lake's folders, others to stage files.

    Bad bytes become rows of `rejects`. Raises OSError when a file cannot be written; a file that cannot be
    read is a reject. Nothing is visible to readers until the returned parts are committed.
    """
    changed: set[int] = set()
    while True:
        writer = RowWriter(split.index, batch)
        try:
            return _convert(split, batch, writer, changed)
        except SourceChanged as error:
            # Rows of several files lie in one Parquet file, so the others are read again.
            writer.discard()
            changed.add(error.file)
        except BaseException:
            writer.discard()
            raise


def _convert(split: Split, batch: Batch, writer: RowWriter, changed: set[int]) -> ConvertResult:
    """`changed`: numbers of files that are not read, since they changed while they were."""
    selection = Selection.load(batch.stage) if batch.is_replay else None
    for piece, opener in opened_ahead(split.ranges):
        if selection:
            writer.decoder.select(*selection.of_file(piece.file))
        sink = RangeSink(writer, piece)
        open_range = partial(refuse, piece.file) if piece.file in changed else opener.open
        end = feed_range(
            piece, open_range, sink, sink.block_hashes, batch.record_limit, batch.max_decompressed
        )
        writer.result.ranges.append(sink.result(end))
    writer.flush()
    return writer.result


class RowWriter:
    """Owns the decoder and writes its rows out, at the end and whenever much has been decoded."""

    def __init__(self, split: int, batch: Batch) -> None:
        attributes = decoder_columns()
        self.decoder = _native.Decoder(attributes, batch.number, batch.now_unix_nano)
        self.result = ConvertResult(split)
        self._batch = batch
        self._bytes = 0
        # A retried split writes new files: readers of an earlier attempt's files are never disturbed.
        self._name = f"{batch.number:06d}-{split:05d}-{uuid.uuid4().hex[:12]}"
        self._flushes = 0

    def discard(self) -> None:
        """Remove all that was written."""
        discard_parts(self._batch.lake, self.result.parts)
        for name in chain.from_iterable(self.result.stages.values()):
            with suppress(OSError):
                (self._batch.stage / name).unlink()

    def decoded(self, size: int) -> None:
        self._bytes += size
        if self._bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        name = f"{self._name}-{self._flushes:03d}.parquet"
        self._flushes += 1
        self._bytes = 0
        for table, days, content, rows, stats in self.decoder.finish(native_formats()):
            if days is not None:
                date = (_EPOCH + dt.timedelta(days)).isoformat()
                path = f"event_date={date}/part-{name}"
                part = write_file(self._batch.lake / table, path, {"event_date": date}, content, rows, stats)
                self.result.parts.setdefault(table, []).append(part)
            else:
                path = f"{table}-{name}"
                write_file(self._batch.stage, path, {}, content, rows, stats)
                self.result.stages.setdefault(table, []).append(path)


class RowTaker(Protocol):
    """Owns a decoder and takes its rows out, at the latest when much has been decoded."""

    decoder: _native.Decoder

    def decoded(self, size: int) -> None:
        """So many more source bytes were decoded."""


class RangeSink:
    """Hands the records of one file range to the decoder and adds up what came of them."""

    def __init__(self, writer: RowTaker, piece: FileRange) -> None:
        self._writer, self._piece = writer, piece
        self._counts: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._torn, self._waiting = 0, 0
        self.form = piece.form
        self.taken_to = piece.start
        self.block_hashes: list[int] = []
        self._inner_forms: dict[str, None] = {}

    def feed(self, data: Bytes, offset: int, is_last: bool, in_frame: bool = False) -> int:
        piece, decoder = self._piece, self._writer.decoder
        found = decoder.feed(data, self.form, piece.file_key, piece.path, offset, is_last, in_frame)
        self._writer.decoded(len(data))
        return self._count(found)

    @property
    def waiting_bytes(self) -> int:
        return self._waiting

    def feed_on(self, data: Bytes, offset: int, form: str) -> tuple[int, bool]:
        piece, decoder = self._piece, self._writer.decoder
        if form == LOOK_AHEAD:
            return decoder.look_ahead(data, offset)
        found = decoder.feed(data, form, piece.file_key, piece.path, offset, False)
        consumed = self._count(found)
        self._waiting += consumed
        if not found["lacks"]:
            self._hand_on()
        return consumed, found["is_open"]

    def learn(self, is_found: bool) -> None:
        self._writer.decoder.learn(is_found)

    def leave(self, offset: int) -> int:
        found = self._writer.decoder.leave(offset)
        self._hand_on()
        return self._count(found)

    def _hand_on(self) -> None:
        """Tell of what was decoded, once no row lacks its resource."""
        self._writer.decoded(self._waiting)
        self._waiting = 0

    def _count(self, found: dict[str, Any]) -> int:
        self._counts.update({name: found[name] for name in COUNTS})
        self._rows.update(found["rows"])
        consumed: int = found["consumed"]
        return consumed

    def reject(self, offset: int, length: int, reason: str, detail: str, raw: Bytes) -> None:
        piece = self._piece
        is_kept = self._writer.decoder.reject(
            piece.file_key, piece.path, offset, length, reason, detail, bytes(raw[:RAW_BYTES])
        )
        self._counts["rejected_other"] += is_kept

    def opened(self, form: str) -> None:
        self._inner_forms[form] = None

    def taken(self, offset: int) -> None:
        self.taken_to = offset

    def torn(self, length: int) -> None:
        self._torn = length

    def result(self, end: int) -> RangeResult:
        counts = {name: self._counts[name] for name in COUNTS}
        return RangeResult(
            self._piece.file,
            counts,
            dict(self._rows),
            self._torn,
            self.block_hashes,
            end,
            list(self._inner_forms),
        )
