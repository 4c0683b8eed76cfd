"""Any range of days at once: the files of each day into the lake, then one build over all of them.

Start it with the first and the last day. Each day is a task of its own: what was read is not read again, so
clearing a run that broke off goes on where it broke off, and so does starting another for the same range.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param
from dag_plan import days, plan_range
from dag_stages import DEFAULTS, ingest_each, publish_after

with DAG(
    "otlp_backfill",
    description="OTLP files of a range of days into the lake, checked and published",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    params={
        "first_day": Param(type="string", format="date", title="First day", description="The first UTC day."),
        "last_day": Param(type="string", format="date", title="Last day", description="The last UTC day."),
    },
    default_args=DEFAULTS,
    tags=["otlp"],
):
    publish_after(ingest_each(days(plan_range()["ingest"])), settle=True)
