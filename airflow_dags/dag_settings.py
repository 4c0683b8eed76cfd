"""What an installation sets, and which days a run processes.

Where programs are and how the DAGs look is read from the environment when the DAG files are parsed; where
data is comes from Airflow variables when a run begins.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException

ENGINE = os.environ.get("OTLP_WAREHOUSE_ENGINE", "local")
"""`local`: the toolkit's commands on the worker; `spark`: ingest, assembly and maintenance as Spark jobs."""
if ENGINE not in ("local", "spark"):
    raise ValueError(f"OTLP_WAREHOUSE_ENGINE is {ENGINE!r}: set it to local or spark.")

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(os.environ.get("OTLP_WAREHOUSE_BIN", CHECKOUT / ".venv" / "bin"))
"""Folder of the programs `otlp-warehouse` and, for Spark, `spark-submit`."""
JOBS = Path(os.environ.get("OTLP_WAREHOUSE_JOBS", CHECKOUT / "jobs"))
RETRY_SECONDS = int(os.environ.get("OTLP_WAREHOUSE_RETRY_SECONDS", "60"))
"""Wait before the first retry; each further one doubles it."""

CATCHUP_FROM = os.environ.get("OTLP_WAREHOUSE_CATCHUP_FROM")
"""First day that `otlp_daily` makes up for when it is switched on; without it, only the last whole day."""
POOL = "otlp_warehouse"
PUBLISHED = Asset("otlp_warehouse_published")

_REQUIRED = {
    "otlp_source": "where the OTLP files are, such as /exports/{date}/*.jsonl",
    "otlp_lake": "the folder of the lake",
    "otlp_warehouse": "the DuckDB file to serve",
}
_LATE_DAYS = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """The Airflow variables: patterns of sources (one a line), lake, served file, report, late days."""

    sources: tuple[str, ...]
    lake: str
    warehouse: str
    report: str
    late_days: int

    def sources_of(self, day: dt.date) -> list[str]:
        """The patterns with {date}, {year}, {month} and {day} filled in."""
        words = {
            "{date}": day.isoformat(),
            "{year}": f"{day.year:04d}",
            "{month}": f"{day.month:02d}",
            "{day}": f"{day.day:02d}",
        }
        return [_filled(pattern, words) for pattern in self.sources]


def _filled(pattern: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        pattern = pattern.replace(word, value)
    return pattern


def read_settings(variable: Callable[[str], str | None]) -> Settings:
    """The settings, looked up by `variable`. Fails with a sentence when one is missing or wrong."""
    found = {name: (variable(name) or "").strip() for name in _REQUIRED}
    if missing := [f"{name} ({_REQUIRED[name]})" for name, value in found.items() if not value]:
        raise AirflowFailException(f"Set the Airflow variable {' and '.join(missing)}, then clear this task.")
    sources = tuple(line.strip() for line in found["otlp_source"].splitlines() if line.strip())
    warehouse = found["otlp_warehouse"]
    report = variable("otlp_report") or str(Path(warehouse).with_name("report.html"))
    for name, places in {
        "otlp_source": sources,
        "otlp_lake": (found["otlp_lake"],),
        "otlp_warehouse": (warehouse,),
        "otlp_report": (report,),
    }.items():
        if relative := [place for place in places if "://" not in place and not place.startswith("/")]:
            raise AirflowFailException(
                f"The Airflow variable {name} holds {relative[0]}: give an absolute path."
            )
    late_days = variable("otlp_late_days") or str(_LATE_DAYS)
    if not late_days.isdecimal():
        raise AirflowFailException(
            f"The Airflow variable otlp_late_days is {late_days!r}: give a number of days."
        )
    return Settings(sources, found["otlp_lake"], warehouse, report, int(late_days))


def day_of_run(asked: str | None, logical_date: dt.datetime | None, run_after: dt.datetime) -> dt.date:
    """The day that a run of `otlp_daily` processes; all dates are UTC.

    The day asked for; else, for a run with a logical date before the date it is due (scheduled, made up for,
    backfilled, or started for a past date), the date of that; else the last day that was over when it was
    due.
    Fails with a sentence when that day has not begun.
    """
    due = run_after.astimezone(dt.UTC).date()
    day = logical_date.astimezone(dt.UTC).date() if logical_date else due
    if asked:
        day = _date("day", asked)
    elif day == due:
        day = due - dt.timedelta(days=1)
    _refuse_future(day, due)
    return day


def days_of_range(first: str, last: str, run_after: dt.datetime) -> Iterator[dt.date]:
    """Every day from `first` to `last`. Fails with a sentence when they are no days that have begun."""
    begin, end = _date("first_day", first), _date("last_day", last)
    if begin > end:
        raise AirflowFailException(f"The range begins on {begin}, after its end on {end}: swap them.")
    _refuse_future(end, run_after.astimezone(dt.UTC).date())
    return (begin + dt.timedelta(days=n) for n in range((end - begin).days + 1))


def _date(name: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise AirflowFailException(f"{name} is {text!r}: give a date such as 2026-11-20.") from error


def _refuse_future(day: dt.date, today: dt.date) -> None:
    if day > today:
        raise AirflowFailException(f"{day} has not begun (today is {today}, UTC): give a day that has.")
