"""OTLP bytes to Parquet files, and whole traces to Arrow columns, in Rust (`native/`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyarrow import Table

def sniff(head: bytes, is_whole_file: bool) -> str:
    """Form of a file from its first 64 KiB, or all of it when it is smaller."""

def next_message(data: bytes, form: str, target: int) -> int | None:
    """The first place at or behind `target` where a message begins; `data` begins with one.

    `form`: a form of messages behind their lengths. When the bytes end before such a place: where to go on,
    which may lie behind their end. None where a length is damaged.
    """

def xxh3_64(data: bytes) -> int:
    """xxh3-64 of the bytes as a signed integer."""

def encode(
    form: str,
    kind: str,
    tables: Mapping[str, bytes],
    promoted: Mapping[str, Sequence[tuple[str, str, str]]],
) -> bytes:
    """One OTLP export request (a JSON line, or protobuf behind its uint32 length) from rows of the lake.

    `kind`: spans, log_records, gauge, sum, histogram, exponential_histogram or summary. `tables`: Arrow IPC
    streams of `rows`, `resources`, `scopes` and the children, which name their row in `parent_row`.
    `promoted`: by table (column, attribute key, type letter). Raises ValueError when a table is missing.
    """

def encode_each(
    tables: Mapping[str, bytes], promoted: Mapping[str, Sequence[tuple[str, str, str]]], limit: int
) -> list[tuple[bytes, int]]:
    """Every span as a protobuf ExportTraceServiceRequest of its own: `limit` bytes of it, and its length.

    `tables` and `promoted` as for `encode`.
    """

def assemble(spans: Table, links: Table, context: Mapping[str, Table], trace_limit: int) -> dict[str, Any]:
    """Assembled rows of whole traces: Arrow C streams `spans`, `traces`, `violations`, `losers`.

    Row numbers in the outputs are positions in `spans`. Raises ValueError when a column is missing or holds
    bytes that are no text, else never for its content.
    """

def survey(spans: Table, links: Table) -> dict[str, Any]:
    """What a range of traces tells about whole dates: Arrow C streams `names`, `consumer_links`, `skews`.

    Their union over all ranges, with `bounds` derived from the skews, is the `context` of `assemble`.
    """

def colliding_rows(spans: Table) -> Any:
    """Arrow C stream with the column `row`: assembled spans of which a copy arrived again."""

def peer_columns() -> list[str]:
    """Columns besides `attributes` in which the kernel looks for names of peers, where spans have them."""

class Decoder:
    """Rows of one ingest batch in the making. Never raises for bad input: that becomes rows of `rejects`."""

    def __init__(
        self, promoted: Sequence[tuple[str, str, str]], ingest_batch: int, now_unix_nano: int
    ) -> None: ...
    def select(
        self, ranges: Sequence[tuple[int, int]] | None, records: Sequence[tuple[str, int, int]] = ()
    ) -> None:
        """Take of what is fed from now on only what begins in one of the ranges (begin, end), or is one of
        the records (signal, offset, position in its message); everything when `ranges` is None.
        """

    def feed(
        self,
        data: bytes | memoryview,
        form: str,
        file_key: int,
        path: str,
        base_offset: int,
        is_last: bool,
        in_frame: bool = False,
    ) -> dict[str, Any]:
        """Decode records; bytes beyond `consumed` are an incomplete record.

        What is `in_frame` is said to stand where the frame begins, at `base_offset`. Returns `consumed`,
        counts of what was found and rejected by signal, and `rows` by table.
        """

    def look_ahead(self, data: bytes | memoryview, base_offset: int) -> tuple[int, bool]:
        """Look for the end of the resource group that is open, of a document fed piece by piece.

        Feeds what was not consumed, and what follows it, without decoding records. Returns the bytes
        consumed, and whether the group goes on behind them.
        """

    def learn(self, is_found: bool) -> None:
        """Make what was found ahead known to what is open, so that its rows need not wait; or forget it."""

    def leave(self, end: int) -> dict[str, Any]:
        """Leave a document or message that was fed piece by piece, consumed to offset `end`.

        A group that did not end is forgotten; `consumed` is then the place where it begins, else `end`.
        """

    def reject(
        self,
        file_key: int,
        path: str,
        byte_offset: int,
        length: int,
        reason: str,
        detail: str | None,
        raw: bytes,
    ) -> bool:
        """Add a row of signal `message` to `rejects`; False when it is not selected."""

    def finish(
        self, formats: Mapping[str, tuple[Sequence[tuple[str, str, bool, str, bool]], int, int]]
    ) -> list[tuple[str, int | None, bytes, int, str]]:
        """All rows as Parquet files; the decoder starts anew.

        A file: table, partition as days since 1970-01-01 (None: not partitioned), content, rows, Delta's
        statistics as JSON. `formats`: see `schemas.parquet.native_formats`. Raises ValueError for a format
        that is none, RuntimeError when a table that has rows has no format, or one of other columns.
        """
