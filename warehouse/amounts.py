"""Numbers and times as people read them."""

from __future__ import annotations


def count(number: int | float) -> str:
    return f"{number:,}"


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """`1 file`, `2 files`."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def size(number: float) -> str:
    """Bytes for people, in powers of 1,000."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def moment(iso: str) -> str:
    """A time of UTC in ISO 8601, to the second."""
    return f"{iso[:10]} {iso[11:19]} UTC"


def duration(nano: int) -> str:
    """A length of time for people, in the unit that keeps it short."""
    for unit, factor in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if abs(nano) >= factor:
            return f"{nano / factor:,.{1 if abs(nano) >= 100 * factor else 2}f} {unit}"
    return f"{nano} ns"
