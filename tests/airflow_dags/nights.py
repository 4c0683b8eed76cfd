"""An Airflow that runs night after night, and what may happen to it meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_under_test import BIN, DAGS, Airflow

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
