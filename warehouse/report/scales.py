"""From values to places on a chart: axes of amounts, of durations and of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.report.period import Period

_TIME_STEPS = (
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=28),
    timedelta(days=91),
)
_EPOCH = datetime(1970, 1, 5)
"""A Monday: weekly ticks fall on Mondays."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps [low, high] to [start, end]; `is_log` by logarithm, values then being above zero."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        low, high, value = (
            (math.log(v) for v in (self.low, self.high, value))
            if self.is_log
            else (self.low, self.high, value)
        )
        return self.start + (value - low) / ((high - low) or 1) * (self.end - self.start)


def nice_top(value: float) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten that is not below the value; 1 for zero."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= value * (1 - 1e-9)))


def decades(low: float, high: float) -> list[float]:
    """Powers of ten within [low, high], and 3 times them where there are fewer than three."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    tens = [10.0**e for e in exponents if low <= 10.0**e <= high]
    if len(tens) >= 3:
        return tens
    return sorted(v for e in exponents for v in (10.0**e, 3 * 10.0**e) if low <= v <= high)


def time_ticks(period: Period, most: int) -> list[tuple[datetime, str]]:
    """At most so many times at round hours or days, with their labels."""
    length = period.to_at - period.from_at
    step = next((s for s in _TIME_STEPS if length / s <= most), _TIME_STEPS[-1])
    first = _EPOCH - (_EPOCH - period.from_at) // step * step
    ticks = []
    while first <= period.to_at:
        is_day = step >= _DAY or first.time() == datetime.min.time()
        ticks.append((first, f"{first.day} {first:%b}" if is_day else f"{first:%H:%M}"))
        first += step
    return ticks
