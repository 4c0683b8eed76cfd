"""IC4: clean streams pass, and one planted defect gives exactly that violation."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from span_tables import DAY, NOON, table

from warehouse.integrity.points import POINT_TABLES, point_violations

Row = dict[str, Any]
SECOND = 10**9
START = NOON - 3600 * SECOND
STREAMS: dict[int, tuple[str, str, str | None, bool | None]] = {
    1: ("number_points", "sum", "cumulative", True),
    2: ("number_points", "sum", "delta", True),
    3: ("number_points", "sum", "cumulative", False),
    4: ("number_points", "gauge", None, None),
    5: ("histogram_points", "histogram", "cumulative", None),
    6: ("exponential_histogram_points", "exponential_histogram", "cumulative", None),
    7: ("summary_points", "summary", None, None),
    8: ("histogram_points", "histogram", "delta", None),
}
VALUE = {"number_points": "value_int", "summary_points": "count"}


def point(stream: int, second: int, value: float = 0, *, start: int | None = None, **more: Any) -> Row:
    """A point `second` seconds after noon; `start` likewise, the process's start when it is not given."""
    name = VALUE.get(STREAMS[stream][0], "count")
    if name == "value_int" and isinstance(value, float):
        name = "value_double"
    begin = START if start is None else NOON + start * SECOND
    return {
        "stream_key": stream,
        "time_unix_nano": NOON + second * SECOND,
        "start_time_unix_nano": begin,
        name: value,
    } | more


def clean() -> list[Row]:
    rows = []
    for stream, (_, _, temporality, _) in STREAMS.items():
        for n in range(4):
            start = 10 * (n - 1) if temporality == "delta" else None
            rows.append(point(stream, 10 * n, n, start=start))
    return rows


def write(folder: Path, rows: list[Row]) -> dict[str, list[str]]:
    """Files by table; the rows are shuffled over two files, as ingest may leave them."""
    folder.mkdir(parents=True)
    files: dict[str, list[str]] = {}
    for name in POINT_TABLES:
        own = [r for r in rows if STREAMS[r["stream_key"]][0] == name]
        random.Random(1).shuffle(own)
        for n, part in enumerate((own[::2], own[1::2])):
            if part:
                file = folder / f"{name}-{n}.parquet"
                pq.write_table(table(name, part).drop_columns(["event_date"]), file)
                files.setdefault(name, []).append(str(file))
    return files


def violations(folder: Path, rows: list[Row], before: list[Row] | None = None) -> list[Row]:
    streams = [
        {
            "stream_key": key,
            "resource_key": 70 + key,
            "service_name": "shop" if key != 3 else None,
            "metric_name": f"shop.{kind}",
            "metric_type": kind,
            "temporality": temporality,
            "is_monotonic": is_monotonic,
        }
        for key, (_, kind, temporality, is_monotonic) in STREAMS.items()
    ]
    files, earlier = write(folder / "date", rows), write(folder / "before", before or [])
    file = folder / "streams.parquet"
    pq.write_table(table("metric_streams", streams), file)
    with duckdb.connect() as con:
        return point_violations(con, DAY, files, earlier, [str(file)]).to_pylist()


def test_clean_streams_have_no_violation(tmp_path: Path) -> None:
    before = [point(s, -86_400, 0, start=-86_500) for s in STREAMS]
    assert violations(tmp_path, clean(), before) == []


DEFECTS: dict[str, tuple[Row, int, str]] = {
    "equal_times": (point(1, 20, 2), 1, "have the time 2026-11-20 12:00:20"),
    "equal_gauge_times": (point(4, 20, 9), 4, "have the time"),
    "delta_overlap": (point(2, 25, 1, start=15), 2, "begins at 2026-11-20 12:00:15, before"),
    "delta_histogram_overlap": (point(8, 25, 1, start=15), 8, "begins at"),
    "cumulative_overlap": (point(1, 40, 9, start=15), 1, "begins at"),
    "cumulative_fall": (point(1, 40, 1), 1, "falls from 3 to 1 at 2026-11-20 12:00:40"),
    "fractional_fall": (point(1, 40, 2.5), 1, "falls from 3"),
    "histogram_fall": (point(5, 40, 1), 5, "falls from 3 to 1"),
    "exponential_histogram_fall": (point(6, 40, 1), 6, "falls from 3 to 1"),
    "summary_overlap": (point(7, 40, 1, start=15), 7, "begins at"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_one_violation(name: str, tmp_path: Path) -> None:
    defect, stream, words = DEFECTS[name]
    # A delta point that begins early covers the one it overlaps; the next begins where it should.
    rows = [r for r in clean() if "delta" not in name or r["time_unix_nano"] <= NOON + 20 * SECOND]
    (row,) = violations(tmp_path, [*rows, defect])
    assert (row["constraint_id"], row["severity"], row["event_date"]) == ("IC4", "error", DAY)
    assert (row["stream_key"], row["resource_key"], row["trace_id"]) == (stream, 70 + stream, None)
    assert words in row["detail"] and row["fix"].endswith(".")


PLANTED_CLEAN: dict[str, list[Row]] = {
    "a reset": [point(1, 40, 0, start=35)],
    "a fall of what may fall": [point(3, 40, 0)],
    "a fall of a gauge": [point(4, 40, -5)],
    "a delta that is less": [point(2, 40, 0, start=30)],
    "a summary that counts less": [point(7, 40, 0)],
    "no start": [point(1, 30, 0, start=0, start_time_unix_nano=0)],
    "no recorded value": [point(1, 30, 0, flags=1)],
    "not a number": [point(1, 40, math.nan), point(1, 50, 5.0)],
    "a gap": [point(2, 60, 0, start=50)],
}


@pytest.mark.parametrize("name", PLANTED_CLEAN)
def test_what_is_allowed_is_no_violation(name: str, tmp_path: Path) -> None:
    assert violations(tmp_path, [*clean(), *PLANTED_CLEAN[name]]) == []


def test_the_last_point_of_the_day_before_counts(tmp_path: Path) -> None:
    midnight = -12 * 3600
    before = [
        point(1, midnight - 60, 3, start=midnight - 4000),
        point(1, midnight - 10, 5, start=midnight - 4000),
        point(5, midnight - 10, 5, start=midnight - 4000, flags=1),
        point(2, midnight - 10, 5, start=midnight - 20),
    ]
    rows = [
        point(1, midnight + 10, 4, start=midnight - 4000),
        point(5, midnight + 10, 1, start=midnight - 4000),
        point(2, midnight + 10, 5, start=midnight - 15),
    ]
    found = violations(tmp_path / "a", rows, before)
    assert [(r["stream_key"], r["event_date"]) for r in found] == [(1, DAY), (2, DAY)]
    assert "falls from 5 to 4" in found[0]["detail"] and "12:00" not in found[1]["detail"]
    # What breaks the day before is told there, not twice.
    broken = [point(1, midnight - 5, 1, start=midnight - 4000), *before]
    assert violations(tmp_path / "b", [point(1, midnight + 10, 2, start=midnight - 4000)], broken) == []


def test_large_integers_are_compared_exactly(tmp_path: Path) -> None:
    rows = [point(1, 0, 2**60 + 1), point(1, 1, 2**60), point(1, 2, 2**60)]
    (row,) = violations(tmp_path, rows)
    assert f"falls from {2**60 + 1} to {2**60}" in row["detail"]


def test_pairs_are_judged_by_their_gravest_fault(tmp_path: Path) -> None:
    found = violations(tmp_path, [point(1, 0, 5), point(1, 0, 1, start=-5), point(1, 0, 1, start=-5)])
    assert len(found) == 2 and all("have the time" in r["detail"] for r in found)


def test_no_files_no_violations() -> None:
    with duckdb.connect() as con:
        assert len(point_violations(con, DAY + timedelta(days=1), {}, {}, [])) == 0
