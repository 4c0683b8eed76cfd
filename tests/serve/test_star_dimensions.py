"""Dimensions against plain Python: the calendar, the numbers of OTLP, when things were seen."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import duckdb
from small_lake import POINT_TABLES
from star_under_test import Star
from test_star_facts import assembled

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def test_every_minute_of_a_day(con: duckdb.DuckDBPyConnection) -> None:
    hours = [(minute, *divmod(minute, 60)) for minute in range(1440)]
    expected = [(minute, h, m, f"{h:02}:{m:02}", 8 <= h < 18) for minute, h, m in hours]
    assert con.sql("from dim_time").fetchall() == expected


def _calendar(day: date) -> tuple[object, ...]:
    year, week, weekday = day.isocalendar()
    parts = (day.year, (day.month + 2) // 3, day.month, day.day, weekday, year * 100 + week)
    starts = (day - timedelta(days=weekday - 1), day.replace(day=1))
    return (day, day.year > 1970, *parts, f"{day:%A}", weekday > 5, *starts)


def test_dates_follow_the_calendar(con: duckdb.DuckDBPyConnection) -> None:
    days = (date(1970, 1, 1), date(2026, 11, 20), date(2026, 11, 21))
    assert con.sql("from dim_date").fetchall() == list(map(_calendar, days))


def test_numbers_of_otlp_have_their_names(con: duckdb.DuckDBPyConnection) -> None:
    """Those of the specification, and numbers that it does not know."""
    kinds = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
    assert con.sql("from dim_span_kind").fetchall() == [
        *((n, name, n in (2, 5), n in (3, 4)) for n, name in enumerate(kinds)),
        (9, "UNKNOWN 9", False, False),
    ]
    assert con.sql("from dim_status").fetchall() == [
        (0, "UNSET", False),
        (1, "OK", False),
        (2, "ERROR", True),
        (7, "UNKNOWN 7", False),
    ]
    names = [(level, level + (str(n) if n > 1 else "")) for level in LEVELS for n in (1, 2, 3, 4)]
    assert con.sql("from dim_severity").fetchall() == [
        (0, "UNSPECIFIED", "UNSPECIFIED", False),
        *((n, level, name, level in ("ERROR", "FATAL")) for n, (level, name) in enumerate(names, start=1)),
        (99, "UNKNOWN", "UNKNOWN 99", False),
    ]


def _seen(nanos: list[int]) -> tuple[datetime | None, datetime | None]:
    """First and last of times that are not missing, in whole microseconds."""
    times = [datetime.fromtimestamp(0, UTC) + timedelta(microseconds=n // 1000) for n in nanos if n]
    return (min(times).replace(tzinfo=None), max(times).replace(tzinfo=None)) if times else (None, None)


def test_resources_are_seen_in_every_signal(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    """Every service of the lake has one resource, of one version."""
    spans, logs, points = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in assembled(star.rows["spans_landing"]):
        spans[row["resource_key"]].append(row["start_time_unix_nano"])
    for row in star.rows["log_records"]:
        logs[row["resource_key"]].append(row["time_unix_nano"] or row["observed_time_unix_nano"])
    owners = {row["stream_key"]: row["resource_key"] for row in star.rows["metric_streams"]}
    for row in (row for table in POINT_TABLES for row in star.rows[table]):
        points[owners[row["stream_key"]]].append(row["time_unix_nano"])
    expected = set()
    for key in (row["resource_key"] for row in star.rows["resources"]):
        first, last = _seen(spans[key] + logs[key] + points[key])
        expected.add((key, first, first, last, len(spans[key]), len(logs[key]), len(points[key])))
    found = con.sql(
        "select resource_key, version_first_seen_at, first_seen_at, last_seen_at, span_count, "
        "log_record_count, metric_point_count from dim_resource"
    ).fetchall()
    assert set(found) == expected and len(found) == len(expected)


def test_streams_are_seen_through_their_points(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    times = defaultdict(list)
    for row in (row for table in POINT_TABLES for row in star.rows[table]):
        times[row["stream_key"]].append(row["time_unix_nano"])
    found = con.sql("select stream_key, first_seen_at, last_seen_at, point_count from dim_metric_stream")
    assert {key: seen for key, *seen in found.fetchall()} == {
        key: [*_seen(nanos), len(nanos)] for key, nanos in times.items()
    }
