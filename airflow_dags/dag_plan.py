"""The first task of each run: which days it processes, which files these have, where everything lies."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import subprocess
from collections.abc import Sequence
from typing import Any

from airflow.sdk import Variable, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from dag_settings import BIN, Settings, day_of_run, days_of_range, read_settings
from dag_telemetry import tell_run, traceparent

_LIST_SECONDS = 600


@task(
    task_id="plan",
    multiple_outputs=True,
    execution_timeout=dt.timedelta(seconds=2 * _LIST_SECONDS),
    on_skipped_callback=tell_run,
)
def plan_day() -> dict[str, Any]:
    """Arguments of ingest for one day, with the files of the days before that may have come late."""
    context = get_current_context()
    run, settings = context["dag_run"], _settings()
    day = day_of_run(context["params"]["day"], run.logical_date, run.run_after)
    late = [day - dt.timedelta(days=n) for n in range(1, settings.late_days + 1)]
    found = _sources_with_files(settings, [day, *late])
    if day not in found:
        raise AirflowSkipException(_nothing(settings, [day]))
    sources = dict.fromkeys(source for d in sorted(found) for source in found[d])
    _log(f"Day {day}: {', '.join(sources)}")
    return _places(settings) | {"ingest": _ingest_arguments(settings, sources)}


@task(
    task_id="plan",
    multiple_outputs=True,
    execution_timeout=dt.timedelta(seconds=2 * _LIST_SECONDS),
    on_skipped_callback=tell_run,
)
def plan_range() -> dict[str, Any]:
    """Arguments of ingest for each day of the range that has files."""
    context = get_current_context()
    settings, params = _settings(), context["params"]
    days = list(days_of_range(params["first_day"], params["last_day"], context["dag_run"].run_after))
    found = _sources_with_files(settings, days)
    if empty := [day for day in days if day not in found]:
        _log(_nothing(settings, empty))
    if not found:
        raise AirflowSkipException(_nothing(settings, days))
    # Sources without a placeholder are the same on every day and are read once.
    batches = dict.fromkeys(tuple(found[day]) for day in days if day in found)
    return _places(settings) | {"ingest": [_ingest_arguments(settings, batch) for batch in batches]}


@task
def days(batches: list[list[str]]) -> list[list[str]]:
    """What the plan has for ingest, as one result, for only such can be mapped over."""
    return batches


@task(task_id="plan", multiple_outputs=True)
def plan_places() -> dict[str, Any]:
    """Where the lake and the served file lie."""
    return _places(_settings())


def _settings() -> Settings:
    return read_settings(lambda name: Variable.get(name, default=None))


def _places(settings: Settings) -> dict[str, Any]:
    return {"lake": settings.lake, "warehouse": settings.warehouse, "report": settings.report}


def _ingest_arguments(settings: Settings, sources: Sequence[str] | dict[str, None]) -> list[str]:
    return ["--json", "--lake", settings.lake, "--warehouse", settings.warehouse, "--", *sources]


def _sources_with_files(settings: Settings, days: Sequence[dt.date]) -> dict[dt.date, list[str]]:
    """By day, the sources that name a file; days without any are left out."""
    sources = {day: settings.sources_of(day) for day in days}
    counts = _count_files(settings.lake, dict.fromkeys(s for day in days for s in sources[day]))
    named = {day: [s for s in sources[day] if counts[s]] for day in days}
    return {day: some for day, some in named.items() if some}


def _count_files(lake: str, sources: dict[str, None]) -> dict[str, int]:
    command = [str(BIN / "otlp-warehouse"), "ingest", "--list", "--json", "--lake", lake, "--", *sources]
    env = os.environ | {"TRACEPARENT": traceparent(get_current_context()["dag_run"])}
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=_LIST_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise AirflowFailException(
            f"{BIN} has no otlp-warehouse: set OTLP_WAREHOUSE_BIN to the folder that holds it."
        ) from error
    if done.returncode:
        raise AirflowException((done.stderr.strip().splitlines() or ["Sources could not be listed."])[-1])
    counts: dict[str, int] = json.loads(done.stdout)["sources"]
    return counts


def _nothing(settings: Settings, days: Sequence[dt.date]) -> str:
    dates = ", ".join(str(day) for day in days)
    return f"No file for {dates} in {', '.join(settings.sources)}: nothing to do."


def _log(sentence: str) -> None:
    logging.getLogger("airflow.task").info(sentence)
