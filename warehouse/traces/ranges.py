"""Cutting an assembly into units that fit a worker's memory: dates, oldest first, and ranges of trace ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from warehouse.schemas.parquet import open_parquet
from warehouse.stores.places import Place
from warehouse.traces.files import TraceFile, by_date
from warehouse.traces.plan import Unit

UNIT_ROWS = 200_000
"""Spans of a unit, about: a worker holds them once as they were read and once as they are written."""

_PIECES, _DIGITS = 64, 12
"""Points of a unit at which it may end, about, and hex digits that they are told by."""
_GOLDEN = 0.618_033_988_75
"""Multiples of it, without their whole parts, lie evenly between 0 and 1."""


Dates = tuple[str, ...]
"""Event dates, ascending."""


def date_groups(files: Iterable[TraceFile], unit_rows: int) -> tuple[Dates, ...]:
    """Neighbouring dates of `files` that together hold no more than `unit_rows` spans; others stand alone."""
    groups: list[list[str]] = []
    held = unit_rows
    for day, mine in by_date(files).items():
        rows = sum(f.rows for f in mine)
        if held + rows > unit_rows:
            groups.append([])
            held = 0
        groups[-1].append(day)
        held += rows
    return tuple(map(tuple, groups))


def plan_units(
    lake: Place,
    groups: Sequence[Dates],
    landing: Iterable[TraceFile],
    assembled: Iterable[TraceFile],
    oversized: Mapping[str, int],
    unit_rows: int,
) -> tuple[Unit, ...]:
    """Units of about `unit_rows` spans that cover all trace ids of each group of dates.

    Landing files are sorted by trace id, so their row groups say how the ids are spread; within a group, and
    within an assembled file, they are taken as spread evenly. A range cuts no trace but those of
    `oversized`, rows by trace id, and if it can, no assembled file of the largest date.
    """
    landing, assembled = list(landing), list(assembled)
    units: list[Unit] = []
    for dates in groups:
        mine = [[f for f in files if f.event_date in dates] for files in (landing, assembled)]
        units += _units_of(lake, dates, mine[0], mine[1], oversized, unit_rows)
    return tuple(replace(unit, index=index) for index, unit in enumerate(units))


def _units_of(
    lake: Place,
    dates: Dates,
    landing: list[TraceFile],
    assembled: list[TraceFile],
    oversized: Mapping[str, int],
    unit_rows: int,
) -> list[Unit]:
    total = sum(f.rows for f in (*landing, *assembled))
    if total <= unit_rows * 5 // 4 and not oversized:
        # What is not cut is read once, and takes less memory.
        return [Unit(0, "", None, total, dates)]
    seams = _seams(assembled)
    # Pieces of one size: a rest would be a small file.
    size = -(-total // -(-total // unit_rows))
    piece_rows = size // _PIECES + 1
    points = [point for f in assembled for point in _spread(f.low, f.high, f.rows, piece_rows)]
    for number, group in enumerate(_row_groups(lake, landing)):
        # Many small groups reach over the same ids: each has its first point elsewhere.
        points += _spread(*group, piece_rows, begin=number * _GOLDEN % 1)
    points.sort()
    low = ""
    units: list[Unit] = []
    for trace_id, rows in sorted(oversized.items()):
        before = [p for p in points if low <= p[0] < trace_id]
        units += _cut(before, Unit(0, low, trace_id, 0, dates), seams, size)
        low, shares = trace_id + "\0", -(-rows // unit_rows)
        units += [Unit(0, trace_id, low, rows // shares, dates, share, shares) for share in range(shares)]
    units += _cut([p for p in points if p[0] >= low], Unit(0, low, None, 0, dates), seams, size)
    return units


def _cut(points: Iterable[tuple[str, int]], whole: Unit, seams: set[str], unit_rows: int) -> Iterator[Unit]:
    most, rows = unit_rows * 3 // 2 if seams else unit_rows, 0
    low = whole.low
    for at, weight in points:
        if (rows >= most or (at in seams and rows >= unit_rows // 2)) and at > low:
            yield replace(whole, low=low, high=at, rows=rows)
            low, rows = at, 0
        rows += weight
    yield replace(whole, low=low, rows=rows)


def _seams(assembled: Iterable[TraceFile]) -> set[str]:
    """Where the assembled files of the date with the most rows begin."""
    dates = by_date(assembled).values()
    return {f.low for f in max(dates, key=lambda files: sum(f.rows for f in files), default=[])}


def _row_groups(lake: Place, files: Iterable[TraceFile]) -> Iterator[tuple[str, str, int]]:
    """First and last trace id and rows of every row group."""
    for file in files:
        metadata = open_parquet(lake / "spans_landing" / file.path).metadata
        index = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}["trace_id"]
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            found = group.column(index).statistics
            has_bounds = found is not None and found.has_min_max
            low, high = (found.min, found.max) if has_bounds else (file.low, file.high)
            yield low, high, group.num_rows


def _spread(low: str, high: str, rows: int, piece_rows: int, *, begin: float = 0.0) -> list[tuple[str, int]]:
    """Rows over evenly spaced ids between bounds, `piece_rows` each; at the least id if they are not hex.

    `begin` says how far the first stands from the least id, as a part of what lies between two of them.
    """
    pieces = -(-rows // piece_rows)
    try:
        first, last = (int(bound[:_DIGITS].ljust(_DIGITS, "0"), 16) for bound in (low, high))
    except ValueError:
        return [(low, rows)]
    step = (last - first) / pieces
    return [
        (
            f"{int(first + step * (n + begin)):0{_DIGITS}x}" if n + begin else low,
            rows // pieces + (n < rows % pieces),
        )
        for n in range(pieces)
    ]
