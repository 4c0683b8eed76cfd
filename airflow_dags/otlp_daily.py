"""Every night at 02:00 UTC: the files of the day that is over, into the warehouse that is served.

A run processes the UTC date of its logical date. Runs that are due at 02:00, made up for or backfilled carry
the date of the day before; one that is started by hand without a date, or for today, takes the last whole
day; `day` asks for another. The files of the day before are looked at again, since some come late. A day
without files is skipped. Running a day again changes nothing.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import DAG, CronDataIntervalTimetable, Param
from dag_plan import plan_day
from dag_settings import CATCHUP_FROM
from dag_stages import DEFAULTS, ingest, publish_after

with DAG(
    "otlp_daily",
    description="A day's OTLP files into the lake, checked and published",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 2 * * *", timezone="UTC"),
    start_date=dt.datetime.fromisoformat(CATCHUP_FROM or "2020-01-01").replace(tzinfo=dt.UTC),
    catchup=CATCHUP_FROM is not None,
    max_active_runs=1,
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day",
            description="The UTC day to process; the run's own when empty.",
        )
    },
    default_args=DEFAULTS,
    tags=["otlp"],
):
    publish_after(ingest(plan_day()["ingest"]))
