"""The range of time that a report covers, and how finely it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from duckdb import DuckDBPyConnection

from warehouse.errors import USAGE, WarehouseError

DEFAULT_LENGTH = timedelta(days=7)
STEPS = {"5min": timedelta(minutes=5), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_LONGEST = {"5min": timedelta(hours=12), "hour": timedelta(days=14)}
"""Longest range that is drawn at a grain: about 150 to 340 points."""
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """UTC times without zone, as the served file has them: from_at included, to_at not, both whole steps."""

    from_at: datetime
    to_at: datetime
    grain: str

    @property
    def step(self) -> timedelta:
        return STEPS[self.grain]

    @property
    def steps(self) -> int:
        return (self.to_at - self.from_at) // self.step

    @property
    def seconds(self) -> float:
        return (self.to_at - self.from_at).total_seconds()

    @property
    def sum_grain(self) -> str:
        """The coarsest grain of cubes whose periods fill the range."""
        is_whole_days = self.from_at.time() == self.to_at.time() == datetime.min.time()
        return "day" if is_whole_days else self.grain

    @property
    def search_grain(self) -> str:
        """How finely incidents are looked for: a day would hide those of an hour."""
        return "hour" if self.grain == "day" else self.grain

    @property
    def values(self) -> dict[str, datetime]:
        """Parameters of queries."""
        return {"from_at": self.from_at, "to_at": self.to_at}

    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        return Period(self.from_at - (self.to_at - self.from_at), self.from_at, self.grain)


def choose(con: DuckDBPyConnection, from_text: str | None, to_text: str | None) -> Period:
    """The period from..to, each a date or time; by default the last seven days up to the newest span.

    Raises WarehouseError when a text is no time, when the range is empty, or when no span lies in it.
    """
    first, last = _extent(con)
    to_at = _time(to_text, "--to") if to_text else last
    from_at = _time(from_text, "--from") if from_text else _default_start(first, to_at)
    if from_at >= to_at:
        raise WarehouseError(
            f"The range from {from_at} to {to_at} is empty: --from must be earlier than --to.", USAGE
        )
    length = to_at - from_at
    grain = next((g for g, longest in _LONGEST.items() if length <= longest), "day")
    period = Period(_floor(from_at, grain), -_floor_distance(to_at, grain) + to_at, grain)
    if period.from_at >= last or period.to_at <= first:
        raise WarehouseError(
            f"There are no spans from {from_at} to {to_at}: the warehouse holds {first} to {last}.", USAGE
        )
    return period


def _extent(con: DuckDBPyConnection) -> tuple[datetime, datetime]:
    row = con.execute(
        """
        select min(period_start_at), max(period_start_at) + interval 1 hour
        from cube_service_latency
        where grain = 'hour' and event_date > date '1970-01-01'
        """
    ).fetchone()
    if row is None or row[0] is None:
        raise WarehouseError("The warehouse holds no requests to report on: ingest traces and build first.")
    return row[0], row[1]


def _default_start(first: datetime, to_at: datetime) -> datetime:
    """Midnight, so that whole days answer: a week back, no earlier than the first span's day."""
    midnight = datetime.combine((to_at - timedelta(microseconds=1)).date(), datetime.min.time())
    start = midnight - DEFAULT_LENGTH + timedelta(days=1)
    return max(start, datetime.combine(first.date(), datetime.min.time()))


def _time(text: str, option: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise WarehouseError(
            f"{option} {text} is no time: write 2026-11-20, or 2026-11-20T14:00.", USAGE
        ) from error
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _floor(at: datetime, grain: str) -> datetime:
    return _EPOCH + (at - _EPOCH) // STEPS[grain] * STEPS[grain]


def _floor_distance(at: datetime, grain: str) -> timedelta:
    """How far the time lies behind the next whole step, as a negative length; zero on a step."""
    return (at - _EPOCH) % -STEPS[grain]


def dates(period: Period) -> tuple[date, date]:
    """First and last UTC date that the period touches."""
    return period.from_at.date(), (period.to_at - timedelta(microseconds=1)).date()
