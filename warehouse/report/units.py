"""Values as the page writes them: three digits, with their unit."""

from __future__ import annotations

from datetime import datetime, timedelta

from warehouse.report.period import Period

DASH, MINUS, THIN = "\u2013", "\u2212", "\u2009"


def latency(nano: float | None) -> str:
    """`4.56 ms`; a dash for none."""
    if nano is None:
        return DASH
    for unit, factor in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nano >= factor * 0.9995:
            return f"{_three(nano / factor)}{THIN}{unit}"
    return f"{nano:.0f}{THIN}ns"


def ratio(value: float | None) -> str:
    """`0.42 %`; more digits for smaller ones, none at 0 and 100 %."""
    if value is None:
        return DASH
    percent = value * 100
    if percent in (0, 100):
        return f"{percent:.0f}{THIN}%"
    if percent < 0.01:
        return f"<0.01{THIN}%"
    return f"{percent:.{2 if percent < 1 else 1}f}{THIN}%"


def amount(value: float) -> str:
    """`9,514`, `1.25 M`."""
    for unit, factor in (("G", 1e9), ("M", 1e6)):
        if value >= factor:
            return f"{_three(value / factor)}{THIN}{unit}"
    return f"{value:,.0f}"


def rate(count: float, seconds: float) -> str:
    """Per second, minute, hour or day: the first in which it is at least 1."""
    per, unit = rate_unit(count / seconds)
    return f"{_three(count / seconds * per)}/{unit}"


def rate_unit(per_second: float) -> tuple[int, str]:
    """Seconds and sign of the unit of time in which a rate is at least 1."""
    units = ((1, "s"), (60, "min"), (3600, "h"), (86_400, "day"))
    return next((u for u in units if per_second * u[0] >= 1), units[-1])


def change(now: float | None, before: float | None) -> str:
    """`+12 %` against the period before; empty where that has nothing to compare with."""
    if not now or not before:
        return ""
    difference = now / before - 1
    sign = "+" if difference >= 0 else MINUS
    return f"{sign}{abs(difference):.0%}".replace("%", f"{THIN}%")


def moment(at: datetime) -> str:
    """`22 Nov 14:00`."""
    return f"{at.day} {at:%b %H:%M}"


def span_of_time(start: datetime, end: datetime) -> str:
    """`22 Nov 14:00-16:00`, with the date of the end where it differs; whole days as their dates."""
    if start.time() == end.time() == datetime.min.time():
        first, last = (f"{day.day} {day:%b}" for day in (start, end - timedelta(days=1)))
        return first if first == last else f"{first} {DASH} {last}"
    if start.date() == (end - timedelta(microseconds=1)).date():
        return f"{moment(start)}{DASH}{'24:00' if end.date() != start.date() else f'{end:%H:%M}'}"
    return f"{moment(start)} {DASH} {moment(end)}"


def heading(period: Period) -> str:
    """The period in words: whole days as dates, both included."""
    start, end = period.from_at, period.to_at
    if start.time() != datetime.min.time() or end.time() != datetime.min.time():
        return f"{start.day} {start:%b %Y %H:%M} {DASH} {end.day} {end:%b %Y %H:%M}"
    last = end - timedelta(days=1)
    if last == start:
        return f"{start.day} {start:%B %Y}"
    shown = (
        f"{start.day}" if (start.year, start.month) == (last.year, last.month) else f"{start.day} {start:%B}"
    )
    if start.year != last.year:
        shown = f"{start.day} {start:%B %Y}"
    return f"{shown} {DASH} {last.day} {last:%B %Y}"


def _three(value: float) -> str:
    """About three digits."""
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f}"
