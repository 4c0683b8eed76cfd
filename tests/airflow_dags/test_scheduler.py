"""Airflow as `make airflow` starts it: five nights made up for, tasks killed, runs that overlap."""

from __future__ import annotations

import datetime as dt
import json
import socket
import subprocess
import uuid
from pathlib import Path

import duckdb
import pytest
from airflow_under_test import served_content
from nights import Nights, eventually, start_command

from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.runs import last_runs
from warehouse.traces.assemble import assemble

pytestmark = pytest.mark.surfaces


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            start_command(port, tmp_path / "home"), capture_output=True, text=True, timeout=60
        )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"Port {port} is taken: choose another with `make airflow PORT={port + 1}`.\n"
    assert not (tmp_path / "home").exists()


def test_killed_tasks_were_tried_again(nights: Nights) -> None:
    tries = [
        nights.airflow.query(
            "select state, try_number from task_instance where run_id = ? and task_id = 'dbt_build'", run_id
        )
        for run_id in nights.killed
    ]
    ((beside_the_command,), (after_both,)) = tries
    assert beside_the_command in [("success", 3), ("success", 4)], "the second met the command that lived on"
    assert after_both == ("success", 2)


def test_each_night_read_its_day(nights: Nights, exports: Path, days: list[dt.date]) -> None:
    planned = nights.airflow.query(
        "select x.value from xcom x join dag_run r using (dag_id, run_id) where x.key = 'ingest' "
        "and x.dag_id = 'otlp_daily' and r.run_type = 'scheduled' order by r.logical_date"
    )
    newest = [json.loads(value)[-1] for (value,) in planned]
    assert newest == [str(exports / f"*-{day}.jsonl") for day in days]


def test_five_nights_equal_one_batch(nights: Nights, batch: Path) -> None:
    assert served_content(nights.folder / "warehouse.duckdb") == served_content(batch)
    noted = {run.verb: run.outcome for run in last_runs(nights.folder / "warehouse.duckdb")}
    assert noted == dict.fromkeys(("ingest", "assemble", "build", "check", "publish", "report"), "done")
    told = nights.folder / "told"
    eventually("the asset started its DAG", lambda: told.is_file() and "published" in told.read_text(), 120)


def test_a_night_is_one_trace(nights: Nights, days: list[dt.date], tmp_path: Path) -> None:
    """Those with killed tasks lack spans that were open, or hold further tries."""
    scheduled = [run_id for _, run_id, kind in nights.runs() if kind == "scheduled"][: len(days)]
    traces = [
        uuid.uuid5(uuid.NAMESPACE_OID, f"otlp_daily/{run_id}/0").hex
        for run_id in scheduled
        if run_id not in nights.killed
    ]
    own = nights.folder / "own"
    files = [own / f"otlp_daily-{trace}.jsonl" for trace in traces]
    eventually("Airflow has told of its runs", lambda: all(file.is_file() for file in files), 120)
    assert ingest([own], tmp_path / "lake").rejects == 0
    assemble(tmp_path / "lake")
    spans = snapshot(tmp_path / "lake")["spans"].file_uris()
    found = duckdb.execute(
        "select trace_id, list_sort(list(name) filter (where depth = 1)), list(name) filter (where is_root), "
        "bool_or(name = 'daily_service_health'), bool_or(is_orphan) "
        "from read_parquet($1) where list_contains($2, trace_id) group by trace_id",
        [spans, traces],
    ).fetchall()
    verbs = ["assemble", "build", "check", "ingest", "ingest", "publish", "report"]
    night = ([f"otlp-warehouse {verb}" for verb in verbs], ["otlp_daily"], True, False)
    assert {trace: tuple(told) for trace, *told in found} == dict.fromkeys(traces, night)


def test_runs_that_overlap_leave_the_same(nights: Nights, days: list[dt.date], batch: Path) -> None:
    """A run by hand and Airflow's own backfill of a day, which does not wait for it."""
    since = len(nights.runs())
    by_hand = {"logical_date": None, "conf": {"day": str(days[-1])}}
    nights.authorized("POST", "dags/otlp_daily/dagRuns", by_hand)
    nights.authorized(
        "POST",
        "backfills",
        {
            "dag_id": "otlp_daily",
            "from_date": f"{days[1]}T00:00:00Z",
            "to_date": f"{days[2]}T00:00:00Z",
            "reprocess_behavior": "completed",
        },
    )
    eventually("all runs are done", lambda: nights.succeed(since + 1), told=nights.story)
    assert {kind for *_, kind in nights.runs()} == {"scheduled", "manual", "backfill"}
    assert served_content(nights.folder / "warehouse.duckdb") == served_content(batch)
