"""Every Sunday at 04:00 UTC: larger files in the lake, those that nobody needs removed, all checked again.

What the served file reads stays until the next build, which then reads the new files.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import DAG, CronDataIntervalTimetable
from dag_plan import plan_places
from dag_stages import DEFAULTS, maintain

with DAG(
    "otlp_maintenance",
    description="The lake optimized and vacuumed, the served file checked again",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 4 * * 0", timezone="UTC"),
    start_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["otlp"],
):
    maintain(plan_places())
