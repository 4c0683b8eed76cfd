"""Sorted runs: many small files, and files in another order than that of trace ids, spilled unit by unit.

Read where they lie, such files would be decoded once per unit, or be held in memory until their last unit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake.json_files import read_json, write_json
from warehouse.schemas.arrow import text_array
from warehouse.schemas.layout import ASSEMBLED, LANDING
from warehouse.schemas.model import Table
from warehouse.schemas.parquet import is_ours, open_parquet
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place, remove_folder
from warehouse.traces.crew import Crew
from warehouse.traces.files import TraceFile, by_date
from warehouse.traces.oversized import shares_of
from warehouse.traces.plan import AssemblyPlan, Unit
from warehouse.traces.rows import repeating, typed

MOST_ROWS = 500_000
"""Rows of a run: units with many copies of a span are larger than what is held of them."""
_UNITS_OF_RUN = 3
"""Units that a run holds as many rows as: it is held once, and fewer runs are fewer pieces of every unit."""
_OPEN = 128
"""Runs that a reader keeps open."""
_BUFFER = 1 << 20
"""Bytes that are written together: a batch is some hundred buffers."""
_LZ4 = pa.Codec("lz4", compression_level=-3)
"""Faster than usual: ids, which nothing makes smaller, are passed over."""
_FOLDER, _RECORD = "runs", "merged.json"


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of one table and date, as an Arrow file of one batch for each of these units, by their index."""

    file: str
    event_date: str
    units: tuple[int, ...]
    columns: tuple[str, ...]

    def open(self, folder: Path, columns: Sequence[str]) -> pa.RecordBatchFileReader:
        """Some columns of the run. Not mapped: what was read of it would count as memory of the process."""
        wanted = [at for at, name in enumerate(self.columns) if name in columns]
        options = pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
        return pa.ipc.open_file(pa.OSFile(str(folder / _FOLDER / self.file)), options=options)


@dataclass(frozen=True, slots=True)
class Runs:
    """By lake table: paths of the files that runs hold the rows of, and the runs.

    `decoded` rows of spans were read to write them.
    """

    merged: dict[str, frozenset[str]]
    runs: dict[str, tuple[Run, ...]]
    decoded: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "merged": {name: sorted(paths) for name, paths in self.merged.items()},
            "runs": {name: [asdict(r) for r in runs] for name, runs in self.runs.items()},
            "decoded": self.decoded,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Runs:
        runs = {
            name: tuple(
                Run(r["file"], r["event_date"], tuple(r["units"]), tuple(r["columns"])) for r in found
            )
            for name, found in value["runs"].items()
        }
        return cls({n: frozenset(paths) for n, paths in value["merged"].items()}, runs, value["decoded"])


class RunReader:
    """Reads runs unit by unit, `columns` by lake table. Files stay open: their heads tell of every unit."""

    def __init__(self, folder: Path, runs: Runs, columns: Mapping[str, Sequence[str]]) -> None:
        self._runs = runs.runs
        self._columns = {name: [c for c in found if c != "event_date"] for name, found in columns.items()}
        self._open = lru_cache(_OPEN)(lambda run, name: run.open(folder, self._columns[name]))

    def rows(self, name: str, unit: Unit) -> Iterator[pa.Table]:
        """The unit's rows of lake table `name` that runs hold, as they were landed but for their types."""
        of_dates = groupby(self._runs.get(name, ()), key=lambda run: run.event_date)
        for day, runs in of_dates:
            if day in unit.dates:
                pieces = (self._piece(run, name, unit) for run in runs if unit.index in run.units)
                yield from typed(pieces, TABLES[name], day, self._columns[name])

    def _piece(self, run: Run, name: str, unit: Unit) -> pa.Table:
        batch = self._open(run, name).get_batch(run.units.index(unit.index))
        return pa.Table.from_batches([batch])


def recorded_runs(folder: Path) -> Runs | None:
    """The runs of the assembly in this folder, None before they are written."""
    value = read_json(folder / _RECORD)
    return None if value is None else Runs.from_json(value)


def write_runs(lake: Place, folder: Path, plan: AssemblyPlan, crew: Crew) -> Runs:
    """Write the runs that the plan needs into its folder; a retry takes those of the first attempt."""
    known = recorded_runs(folder)
    if known is not None:
        return known
    chosen = {
        name: [file for units in _by_dates(plan.units) for file in _to_merge(lake / name, files, units)]
        for name, files in (plan.landing | plan.rewritten()).items()
        if name != "traces"
    }
    limit = min(_UNITS_OF_RUN * max((unit.rows for unit in plan.units), default=0) + 1, MOST_ROWS)
    remove_folder(folder / _FOLDER)  # of an attempt that was stopped
    (folder / _FOLDER).mkdir(parents=True)
    runs: dict[str, tuple[Run, ...]] = {}
    for name, files in chosen.items():
        write = partial(_write_run, folder, TABLES[name], plan.units)
        runs[name] = tuple(crew.each(write, list(_batches(lake / name, files, limit))))
    decoded = sum(f.rows for name in ("spans", "spans_landing") for f in chosen.get(name, ()))
    merged = {name: frozenset(f.path for f in files) for name, files in chosen.items()}
    done = Runs(merged, runs, decoded)
    write_json(folder / _RECORD, done.to_json())
    return done


def _by_dates(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """The units of each group of dates that is cut into several."""
    for _, found in groupby(units, key=lambda unit: unit.dates):
        same = list(found)
        if len(same) > 1:
            yield same


def _to_merge(folder: Place, files: Sequence[TraceFile], units: Sequence[Unit]) -> Iterator[TraceFile]:
    """Files of the dates of the units that are better read once and for all.

    A sorted file that reaches over several units holds a row group in memory from one to the next: the
    smallest are merged until all others together hold a fourth of a unit. Files in another order always are,
    be it that of their table or one that another Delta writer left, and files that may hold a part of a trace
    which several units share.
    """
    name = folder.name
    group = (LANDING if name.endswith("_landing") else ASSEMBLED).row_group
    cut = [u for u in units if u.shares]
    wide = []
    for file in files:
        if file.event_date not in units[0].dates:
            continue
        if any(file.overlaps(u.low, u.high) for u in cut):
            yield file
        elif sum(file.overlaps(u.low, u.high) for u in units) > 1:
            wide.append(file)
    if TABLES[name].sort[0] != "trace_id":
        yield from wide
        return
    held = sum(min(f.rows, group) for f in wide)
    for file in sorted(wide, key=lambda f: (f.rows, f.path)):
        if held > max(unit.rows for unit in units) // 4 or file.rows < group // 4:
            held -= min(file.rows, group)
            yield file
        elif name.endswith("_landing") and not is_ours(folder / file.path):
            yield file


_Piece = tuple[Place, tuple[int, ...]]
"""A file and the numbers of some of its row groups."""


def _batches(folder: Place, files: Sequence[TraceFile], limit: int) -> Iterator[tuple[str, list[_Piece]]]:
    """Row groups of one date that together hold about `limit` rows."""
    for day, mine in by_date(files).items():
        batch: list[_Piece] = []
        rows = 0
        for file in mine:
            for numbers, more in _stretches(folder, file, limit):
                if batch and rows + more > limit:
                    yield day, batch
                    batch, rows = [], 0
                batch.append((folder / file.path, numbers))
                rows += more
        if batch:
            yield day, batch


def _stretches(folder: Place, file: TraceFile, limit: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """All row groups of a file, or one after the other where it is large, and their rows. () are all."""
    if file.rows <= limit // 4:
        yield (), file.rows
        return
    metadata = open_parquet(folder / file.path).metadata
    for number in range(metadata.num_row_groups):
        yield (number,), metadata.row_group(number).num_rows


def _read(file: Place, numbers: tuple[int, ...], encoded: set[str]) -> pa.Table:
    reader = open_parquet(file, memory_map=True, read_dictionary=sorted(encoded))
    if not numbers:
        return reader.read(use_threads=False)
    return reader.read_row_groups(list(numbers), use_threads=False)


def _in_order(rows: pa.Table) -> pa.Table:
    """The rows in the order of trace ids, which most files have."""
    ids = rows["trace_id"]
    ascends = pc.all(pc.greater_equal(ids[1:], ids[:-1])).as_py()
    return rows if ascends or len(ids) < 2 else rows.take(pc.sort_indices(ids))


def _write_run(folder: Path, table: Table, units: Sequence[Unit], batch: tuple[str, list[_Piece]]) -> Run:
    day, files = batch
    encoded = set.intersection(*(repeating(table, *file) for file in files))
    pieces = [_in_order(_read(*file, encoded)).combine_chunks() for file in files]
    # An Arrow file has one dictionary of a column.
    rows = _without_absent(pieces).unify_dictionaries()
    mine = [unit for unit in units if day in unit.dates]
    file = f"{uuid.uuid4().hex}.arrow"
    held: list[int] = []
    options = pa.ipc.IpcWriteOptions(compression=_LZ4, use_threads=False)
    with (
        pa.output_stream(folder / _FOLDER / file, compression=None, buffer_size=_BUFFER) as sink,
        pa.ipc.new_file(sink, rows.schema, options=options) as writer,
    ):
        for unit, part in _cut(rows.to_batches(), mine):
            writer.write_batch(part)
            held.append(unit.index)
    return Run(file, day, tuple(held), tuple(rows.column_names))


def _cut(pieces: Sequence[pa.RecordBatch], units: Sequence[Unit]) -> Iterator[tuple[Unit, pa.RecordBatch]]:
    """The rows of each unit that has some, of pieces in the order of trace ids."""

    @cache  # units that share a trace ask for the same
    def shares(at: int, begin: int, end: int, count: int) -> npt.NDArray[np.int64]:
        return shares_of(pieces[at]["span_id"].slice(begin, end - begin), count)

    def part(at: int, begin: int, end: int, unit: Unit) -> pa.RecordBatch:
        rows = pieces[at].slice(begin, end - begin)
        if not unit.shares:
            return rows
        return rows.filter(pa.array(shares(at, begin, end, unit.shares) == unit.share))

    ranges = [_ranges(piece["trace_id"], units) for piece in pieces]
    for unit, found in zip(units, zip(*ranges, strict=True), strict=False):
        parts = [part(at, begin, end, unit) for at, (begin, end) in enumerate(found) if begin < end]
        if any(p.num_rows for p in parts):
            yield unit, pa.concat_batches(parts)


def _without_absent(pieces: Sequence[pa.Table]) -> pa.Table:
    """All rows; of most promoted attributes most runs have no value, and such columns take no space here.

    They are nulls of no type, or left out where a file lacks them: its values may lie in the map.
    """
    rows = pa.concat_tables(pieces, promote_options="permissive")
    # Violations of whole traces have no span, and shares are cut by it.
    absent = [c for c in rows.column_names if c != "span_id" and rows[c].null_count == rows.num_rows]
    for name in absent:
        rows = rows.set_column(rows.column_names.index(name), name, pa.nulls(rows.num_rows))
    lacking = {name for name in absent for piece in pieces if name not in piece.column_names}
    return rows.drop_columns(list(lacking))


def _ranges(ids: pa.Array, units: Sequence[Unit]) -> list[tuple[int, int]]:
    """Where the rows of each unit begin and end among ids that ascend."""
    begins = pc.search_sorted(ids, text_array(unit.low for unit in units))
    ends = pc.fill_null(pc.search_sorted(ids, text_array(unit.high for unit in units)), len(ids))
    return list(zip(begins.to_pylist(), ends.to_pylist(), strict=True))
