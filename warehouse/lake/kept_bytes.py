"""Retrying messages from the bytes that `rejects` keeps of them, where their source is gone."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from warehouse.lake.batches import BatchPlan, Replay
from warehouse.lake.reject_keys import KEY, key_texts, reject_rows
from warehouse.otlp.convert import Batch, ConvertResult, RangeSink, RowWriter
from warehouse.otlp.selection import Selection
from warehouse.otlp.sniffing import sniff
from warehouse.otlp.splits import SourceFile, file_range
from warehouse.schemas.arrow import int64_array
from warehouse.stores.places import Place

_COLUMNS = (*KEY, "length_bytes", "detail", "raw")
_ROWS_AT_ONCE = 256
"""Rows of 64 KiB at most that are held at once."""


def convert_kept_bytes(
    lake: Place, plan: BatchPlan, replay: Replay, batch: Batch, index: int
) -> ConvertResult:
    """Decode the messages of the files `replay.kept_bytes` as split number `index`. What is bad stays bad."""
    writer = RowWriter(index, batch)
    retried = Selection.load(batch.stage).rows
    wanted = key_texts(retried.filter(pc.is_in(retried["file"], int64_array(replay.kept_bytes))), KEY)
    messages = {plan.files[n].file_key: _Messages(writer, n, plan.files[n]) for n in replay.kept_bytes}
    for rows in reject_rows(lake, _COLUMNS, _ROWS_AT_ONCE):
        for row in rows.filter(pc.is_in(key_texts(rows, KEY), wanted.combine_chunks())).to_pylist():
            messages[row["file_key"]].retry(row)
    writer.flush()
    writer.result.ranges.extend(m.sink.result(0) for m in messages.values())
    return writer.result


class _Messages:
    """Rejected messages of one file."""

    def __init__(self, writer: RowWriter, number: int, file: SourceFile) -> None:
        self.sink = RangeSink(writer, file_range(number, file, 0, 0))
        self._held = (file.inner_form or file.form).split(", ")[-1]

    def retry(self, row: dict[str, Any]) -> None:
        raw: bytes = row["raw"]
        form = self._form(raw)
        consumed = 0
        if form is not None:
            self.sink.form = form
            consumed = self.sink.feed(raw, row["byte_offset"], True)
        if consumed < len(raw):
            self.sink.reject(row["byte_offset"], row["length_bytes"], row["reason"], row["detail"] or "", raw)

    def _form(self, raw: bytes) -> str | None:
        """Form of one message without what framed it in its file; None when it cannot be told."""
        if self._held.startswith("proto"):
            return "proto"
        form = "json" if self._held.startswith("json") else sniff(raw, len(raw))
        return form if form in ("json", "json_lines", "proto") else None
