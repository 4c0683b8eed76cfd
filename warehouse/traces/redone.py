"""Which ranges of trace ids an assembly rewrites, date by date; the files of all others stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schemas.arrow import date_days
from warehouse.traces.files import TraceFile, by_date

RangePlace = tuple[str, int]
"""An event date and the number of one of its ranges."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of one date, ascending: each begins with its id of `lows`, the first with "", and ends where
    the next begins."""

    lows: tuple[str, ...]
    is_redone: tuple[bool, ...]

    def of_id(self, trace_id: str) -> int:
        return max(sum(low <= trace_id for low in self.lows) - 1, 0)

    def files(self) -> npt.NDArray[np.int64]:
        """By range, the number of the file that its rows are written into, -1 where they stay.

        Neighbours share a file; what stays between two ranges parts them.
        """
        redone = np.array(self.is_redone)
        begins = np.concatenate(([True], redone[1:] != redone[:-1]))
        return np.where(redone, np.cumsum(begins), -1)


@dataclass(frozen=True, slots=True)
class Redone:
    """Ranges by event date, for the dates that an assembly touches."""

    dates: dict[str, Ranges]

    @classmethod
    def of_files(cls, held: Iterable[TraceFile], dates: Iterable[str]) -> Redone:
        """The ranges that the files of the dates cover, none redone; files that overlap share one.

        `held` are files of all assembled tables: those of a range are rewritten together.
        """
        files = by_date(held)
        return cls({day: _ranges(files.get(day, ())) for day in sorted(dates)})

    def of_dates(self, dates: Collection[str]) -> Redone:
        """The same of some dates: rows of all others stay."""
        return Redone({day: ranges for day, ranges in self.dates.items() if day in dates})

    def with_places(self, places: Collection[RangePlace]) -> Redone:
        """The same with these ranges redone too; those of a date without files always are."""
        wanted = set(places)
        return Redone(
            {
                day: Ranges(
                    ranges.lows,
                    tuple(old or (day, n) in wanted for n, old in enumerate(ranges.is_redone)),
                )
                for day, ranges in self.dates.items()
            }
        )

    @property
    def is_whole(self) -> bool:
        """Whether no range of the dates stays."""
        return all(all(ranges.is_redone) for ranges in self.dates.values())

    def holds(self, file: TraceFile) -> bool:
        """Whether a file is rewritten."""
        ranges = self.dates.get(file.event_date)
        return ranges is not None and ranges.is_redone[ranges.of_id(file.low)]

    def places(self, rows: pa.Table) -> set[RangePlace]:
        """The ranges that rows with `event_date` and `trace_id` lie in; other dates have none."""
        found = set()
        for day, mine in _by_day(rows):
            if day in self.dates:
                number = _range_numbers(self.dates[day].lows, rows["trace_id"].filter(pa.array(mine)))
                found |= {(day, int(n)) for n in np.unique(number)}
        return found

    def files_of(self, rows: pa.Table) -> npt.NDArray[np.int64]:
        """By row with `event_date` and `trace_id`, the number of its file; -1 for what is not rewritten.

        Numbers ascend by date, then by trace id.
        """
        numbers = np.full(rows.num_rows, -1, np.int64)
        order = {day: n for n, day in enumerate(self.dates)}
        for day, mine in _by_day(rows):
            if day not in order:
                continue
            ranges = self.dates[day]
            files = ranges.files()
            ids = rows["trace_id"].filter(pa.array(mine)) if len(files) > 1 else None
            at = files[0] if ids is None else files[_range_numbers(ranges.lows, ids)]
            numbers[mine] = np.where(at < 0, -1, at + order[day] * _FILES)
        return numbers

    def day_of(self, number: int) -> str:
        """The date of a file number."""
        return list(self.dates)[number // _FILES]

    def to_json(self) -> dict[str, Any]:
        return {day: [list(r.lows), list(r.is_redone)] for day, r in self.dates.items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Redone:
        return cls({day: Ranges(tuple(lows), tuple(flags)) for day, (lows, flags) in value.items()})


_FILES = 2**32


def _ranges(files: Iterable[TraceFile]) -> Ranges:
    lows: list[str] = []
    high = ""
    for file in sorted(files, key=lambda f: f.low):
        if not lows or file.low > high:
            lows.append(file.low if lows else "")
        high = max(high, file.high)
    return Ranges(tuple(lows) or ("",), (False,) * len(lows) or (True,))


def _by_day(rows: pa.Table) -> Iterable[tuple[str, npt.NDArray[np.bool_]]]:
    days = date_days(rows["event_date"])
    for day in np.unique(days):
        yield str(date.fromordinal(_EPOCH + int(day))), days == day


_EPOCH = date(1970, 1, 1).toordinal()


def _range_numbers(lows: tuple[str, ...], ids: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    found = np.zeros(len(ids), np.int64)
    if not len(ids):
        return found
    least, greatest = pc.min(ids).as_py() or "", pc.max(ids).as_py() or ""
    for low in lows[1:]:
        if low > greatest:
            break
        is_behind = pc.fill_null(pc.greater_equal(ids, low), False) if low > least else None
        found += 1 if is_behind is None else is_behind.to_numpy().astype(np.int64)
    return found
