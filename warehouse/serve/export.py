"""The lake back to OTLP files: the proof that nothing was lost on the way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, Literal

import duckdb
import pyarrow as pa

from warehouse import _native
from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.snapshot import snapshot
from warehouse.schemas.promoted import encoder_columns
from warehouse.serve import export_queries as queries
from warehouse.serve import lake_views
from warehouse.stores.duckdb_access import connect
from warehouse.stores.places import Place

Form = Literal["json", "proto"]
Progress = Callable[[str, int, int], None]
"""Called with the file being written, records done and records in all."""

SUFFIX: dict[str, str] = {"json": "jsonl", "proto": "pb"}
MESSAGE_RECORDS = 4096
"""Records of one export request at most: bounds memory and the size of a message."""


@dataclass(slots=True)
class ExportResult:
    """What was written. A record is a span, a log record or a data point."""

    files: int = 0
    messages: int = 0
    spans: int = 0
    log_records: int = 0
    metric_points: int = 0
    bytes: int = 0
    left: int = 0
    """Files of earlier exports in the folder that were not written anew."""

    @property
    def records(self) -> int:
        return self.spans + self.log_records + self.metric_points

    def add(self, counted_as: str, records: int, size: int) -> None:
        """Count one written message."""
        setattr(self, counted_as, getattr(self, counted_as) + records)
        self.messages += 1
        self.bytes += size

    def to_json(self) -> dict[str, int]:
        return asdict(self)


def export(
    lake: Place,
    target: Path,
    *,
    first: date | None = None,
    last: date | None = None,
    form: Form = "json",
    progress: Progress | None = None,
) -> ExportResult:
    """Write the records of event dates `first` to `last` (both included; None: open) as OTLP files.

    In `target`, one file a signal and date: JSON lines, or protobuf messages behind uint32 big-endian
    lengths. Each appears when it is complete; what else lies there stays. Grouping into requests, order of
    records and order of attributes may differ from what came in; everything else is equal. Raises
    WarehouseError when there is no lake, `last` is before `first`, or the target cannot be written.
    """
    if first and last and last < first:
        raise WarehouseError(f"There is no day from {first} to {last}: name the earlier one first.", USAGE)
    done = ExportResult()
    con = connect(lake)
    try:
        target.mkdir(parents=True, exist_ok=True)
        lake_views.create(con, lake, snapshot(lake))
        files: dict[Path, list[tuple[queries.Kind, date]]] = {}
        total = 0
        for kind in queries.KINDS:
            for day, records in _dates(con, kind, first, last):
                path = target / f"{kind.signal}-{day.isoformat()}.{SUFFIX[form]}"
                files.setdefault(path, []).append((kind, day))
                total += records
        for path, parts in files.items():
            with _complete_file(path) as file:
                for kind, day in parts:
                    for message, records in _messages(con, kind, day, form):
                        file.write(message)
                        done.add(kind.counted_as, records, len(message))
                        if progress:
                            progress(path.name, done.records, total)
            done.files += 1
        done.left = len(_exported(target) - files.keys())
    except OSError as error:
        raise WarehouseError(
            f"{target} cannot be written ({error.strerror}): choose another --out."
        ) from error
    finally:
        con.close()
    return done


def _exported(folder: Path) -> set[Path]:
    """Every file of the folder that is named as those of an export."""
    day = "[0-9]" * 4 + "-[0-9][0-9]" * 2
    return {
        path
        for kind in queries.KINDS
        for suffix in SUFFIX.values()
        for path in folder.glob(f"{kind.signal}-{day}.{suffix}")
    }


@contextmanager
def _complete_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name when the block ends well, and not at all otherwise."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _dates(
    con: duckdb.DuckDBPyConnection, kind: queries.Kind, first: date | None, last: date | None
) -> list[tuple[date, int]]:
    found: list[tuple[date, int]] = con.execute(
        kind.dates(), [first or date.min, last or date.max]
    ).fetchall()
    return found


def _messages(
    con: duckdb.DuckDBPyConnection, kind: queries.Kind, day: date, form: Form
) -> Iterator[tuple[bytes, int]]:
    """Encoded requests of one kind and date with the records that each holds."""
    con.execute(kind.ordered_rows(), [day])
    for child in kind.children:
        con.execute(child.ordered_rows(), [day])
    (count,) = con.execute("select count(*) from ordered_rows").fetchone() or (0,)
    letters = encoder_columns()
    for begin in range(0, count, MESSAGE_RECORDS):
        run = [begin, min(begin + MESSAGE_RECORDS, count)]
        tables = {"rows": _stream(con, queries.ROWS_IN_RUN, run)}
        for child in kind.children:
            tables[child.name] = _stream(con, child.rows_in_run(), run)
        for entity in ("resources", "scopes"):
            tables[entity] = _stream(con, queries.entities_in_run(entity), run)
        message = _native.encode(form, kind.name, tables, letters)
        yield message, run[1] - run[0]


def _stream(con: duckdb.DuckDBPyConnection, query: str, run: list[int]) -> bytes:
    """A query's rows as an Arrow IPC stream of one batch at most."""
    rows = con.execute(query, run).to_arrow_table().combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())
