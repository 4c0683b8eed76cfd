"""Airflow as `make airflow` starts it: five nights made up for, tasks killed, runs that overlap."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow_under_test import BIN, DAGS, Airflow, airflow_environment, served_content, variables

from warehouse.runs import last_runs

pytestmark = pytest.mark.surfaces

_CONSUMER = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Asset

with DAG("after_the_warehouse", schedule=[Asset("otlp_warehouse_published")]):
    BashOperator(task_id="note", bash_command="echo published >> {file}")
"""
_PATIENCE = 1200


@dataclass(frozen=True)
class Nights:
    """A running Airflow, what it printed at its start, and where its data lies."""

    airflow: Airflow
    folder: Path
    url: str
    password: str
    killed: list[str]

    def api(self, method: str, path: str, body: dict[str, Any], **headers: str) -> Any:
        request = urllib.request.Request(
            f"{self.url}/{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"} | headers,
            method=method,
        )
        for _ in range(10):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                # SQLite has one writer at a time; Airflow then asks to try again.
                if error.code != 503:
                    raise
                time.sleep(1)
        raise AssertionError(f"{path} stayed unavailable")

    def authorized(self, method: str, path: str, body: dict[str, Any]) -> Any:
        login = {"username": "admin", "password": self.password}
        token = self.api("POST", "auth/token", login)["access_token"]
        return self.api(method, f"api/v2/{path}", body, Authorization=f"Bearer {token}")

    def runs(self) -> list[tuple[str, ...]]:
        """State, id and type of every run of otlp_daily, oldest first.

        At 02:00 one more becomes due while the tests run; its day has no files.
        """
        return self.airflow.query(
            "select state, run_id, run_type from dag_run where dag_id = 'otlp_daily' order by id"
        )

    def succeed(self, count: int) -> bool:
        """Whether there are `count` runs at least, all of them successes."""
        states = [state for state, *_ in self.runs()]
        return len(states) >= count and set(states) == {"success"}

    def story(self) -> str:
        """What a reader needs when the runs do not end: every run, and the tasks that are not done."""
        tasks = self.airflow.query(
            "select run_id, task_id, state, try_number from task_instance where state is not 'success'"
        )
        return "\n".join(map(str, [*self.runs(), *tasks]))


def eventually(
    what: str, is_so: Callable[[], bool], seconds: int = _PATIENCE, told: Callable[[], str] = str
) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"not within {seconds} s: {what}\n{told()}"
        time.sleep(0.5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_command(port: int, home: Path) -> list[str]:
    return [str(BIN / "python"), str(DAGS / "start_airflow.py"), "--port", str(port), "--home", str(home)]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, exports: Path, days: list[dt.date]) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("nights")
    dags, home, port = folder / "dags", folder / "airflow", free_port()
    shutil.copytree(DAGS, dags, ignore=shutil.ignore_patterns("__pycache__"))
    (dags / "after_the_warehouse.py").write_text(_CONSUMER.format(file=folder / "told"))
    env = airflow_environment(home, dags) | variables(folder, exports)
    env |= {
        "OTLP_WAREHOUSE_CATCHUP_FROM": str(days[0]),
        "OTLP_WAREHOUSE_RETRY_SECONDS": "15",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    }
    process = subprocess.Popen(start_command(port, home), env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        told = process.stdout.readline().split()
        assert told[:1] == ["Airflow:"], told
        found = Nights(Airflow(home, env), folder, told[1], told[5], [])
        eventually("the DAGs are known", lambda: len(found.airflow.query("select dag_id from dag")) == 4, 120)
        for dag in ("after_the_warehouse", "otlp_daily"):
            found.authorized("PATCH", f"dags/{dag}", {"is_paused": False})
        found.killed.append(kill_airflows_task_alone(found))
        eventually("the first night", lambda: found.runs()[0][0] == "success", told=found.story)
        found.killed.append(kill_task_and_command(found))
        eventually("five nights", lambda: found.succeed(len(days)), told=found.story)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=120)
    assert port_is_free(port), "the services have ended with what started them"


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def kill_airflows_task_alone(nights: Nights) -> str:
    """kill -9 to Airflow's task around the first models, whose command lives on past the next try."""
    run_id, task, command = building(nights)
    os.kill(command, signal.SIGSTOP)  # else it might be done by then
    os.kill(task, signal.SIGKILL)
    try:
        said = f"Another build of {nights.folder / 'warehouse.duckdb'} is running: wait until it is done"
        eventually("the next try says why it fails", lambda: said in log_of_models(nights, run_id, attempt=2))
    finally:
        os.kill(command, signal.SIGCONT)
    return run_id


def kill_task_and_command(nights: Nights) -> str:
    """kill -9 to models that run and to Airflow's task around them, as when the machine fails."""
    run_id, task, command = building(nights)
    os.kill(task, signal.SIGKILL)
    os.killpg(command, signal.SIGKILL)
    return run_id


def building(nights: Nights) -> tuple[str, int, int]:
    """The run whose models are built now, and the processes of Airflow's task and of its command."""
    words = ["build", "--models-only", str(nights.folder / "warehouse.duckdb")]
    stage = nights.folder / ".warehouse.duckdb.build" / "stage.json"
    found: list[int] = []

    def is_running() -> bool:
        found[:] = [pid for pid, command in commands() if all(word in command for word in words)]
        return bool(found) and stage.is_file() and "unfinished" in stage.read_text(encoding="utf-8")

    eventually("models run", is_running)
    (command,) = found
    task = int(Path(f"/proc/{command}/stat").read_text().rpartition(")")[2].split()[1])
    return next(run_id for state, run_id, _ in nights.runs() if state == "running"), task, command


def log_of_models(nights: Nights, run_id: str, attempt: int) -> str:
    task = nights.airflow.home / "logs" / "dag_id=otlp_daily" / f"run_id={run_id}" / "task_id=dbt_build"
    log = task / f"attempt={attempt}.log"
    return log.read_text(encoding="utf-8") if log.is_file() else ""


def commands() -> Iterator[tuple[int, list[str]]]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield int(process.name), (process / "cmdline").read_text().split("\0")
        except OSError:
            continue


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
