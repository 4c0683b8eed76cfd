"""Which day a run processes: decided by the functions of `dag_settings`, run by Airflow's Python."""

from __future__ import annotations

import json
import subprocess

import pytest
from airflow_under_test import BIN, DAGS, Airflow

pytestmark = pytest.mark.surfaces

_PROGRAM = """
import datetime as dt, json, sys
from dag_settings import day_of_run, days_of_range, read_settings
at = lambda text: text and dt.datetime.fromisoformat(text)
said = []
for name, *given in json.loads(sys.argv[1]):
    try:
        if name == "day":
            said.append(str(day_of_run(given[0], at(given[1]), at(given[2]))))
        elif name == "range":
            said.append([str(day) for day in days_of_range(given[0], given[1], at(given[2]))])
        else:
            said.append(read_settings(given[0].get).sources_of(dt.date(2026, 3, 4)))
    except Exception as error:
        said.append(f"{type(error).__name__}: {error}")
print(json.dumps(said))
"""
NOON = "2026-11-24T12:00:00+00:00"
PLACES = {"otlp_source": "/x", "otlp_lake": "/lake", "otlp_warehouse": "/w.duckdb"}
CASES = {
    "scheduled": (["day", None, "2026-11-23T02:00:00+00:00", "2026-11-24T02:00:00+00:00"], "2026-11-23"),
    "made up for": (["day", None, "2026-11-03T02:00:00+00:00", "2026-11-04T02:00:00+00:00"], "2026-11-03"),
    "backfilled": (["day", None, "2026-11-03T02:00:00+00:00", NOON], "2026-11-03"),
    "by hand for a date": (["day", None, "2026-11-20T00:00:00+00:00", NOON], "2026-11-20"),
    "by hand now": (["day", None, NOON, NOON], "2026-11-23"),
    "by hand without a date": (["day", None, None, NOON], "2026-11-23"),
    "by hand with a day": (["day", "2026-11-01", NOON, NOON], "2026-11-01"),
    "today so far": (["day", "2026-11-24", None, NOON], "2026-11-24"),
    "another zone": (["day", None, "2026-11-20T23:30:00-05:00", NOON], "2026-11-21"),
    "the future": (["day", None, "2026-11-25T00:00:00+00:00", NOON], "2026-11-25 has not begun"),
    "a future day": (["day", "2026-12-01", None, NOON], "(today is 2026-11-24, UTC): give a day that has."),
    "no day": (["day", "yesterday", None, NOON], "day is 'yesterday': give a date such as 2026-11-20."),
    "a range": (["range", "2026-02-28", "2026-03-01", NOON], ["2026-02-28", "2026-03-01"]),
    "one day": (["range", "2026-11-24", "2026-11-24", NOON], ["2026-11-24"]),
    "backwards": (["range", "2026-03-02", "2026-03-01", NOON], "after its end on 2026-03-01: swap them."),
    "ends in the future": (["range", "2026-11-01", "2026-11-25", NOON], "2026-11-25 has not begun"),
    "placeholders": (
        ["sources", PLACES | {"otlp_source": "/a/{date}/*\n\n s3://b/year={year}/month={month}/day={day} "}],
        ["/a/2026-03-04/*", "s3://b/year=2026/month=03/day=04"],
    ),
    "nothing set": (
        ["sources", {"otlp_lake": "/lake"}],
        "Set the Airflow variable otlp_source (where the OTLP",
    ),
    "relative": (["sources", PLACES | {"otlp_lake": "lake"}], "otlp_lake holds lake: give an absolute path"),
    "late days": (["sources", PLACES | {"otlp_late_days": "two"}], "otlp_late_days is 'two': give a number"),
}


def test_the_day_of_a_run(airflow: Airflow) -> None:
    given = json.dumps([case for case, _ in CASES.values()])
    done = subprocess.run(
        [BIN / "python", "-c", _PROGRAM, given],
        env=airflow.env | {"PYTHONPATH": str(DAGS)},
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    for (name, (_, expected)), said in zip(
        CASES.items(), json.loads(done.stdout.splitlines()[-1]), strict=True
    ):
        is_refused = isinstance(said, str) and said.startswith("AirflowFailException: ")
        assert said == expected or (is_refused and expected in said), (name, said)
