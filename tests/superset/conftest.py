"""A Superset of its own for the tests, filled from the committed bundle, on a published file."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from running_superset import ROOT, Published, RunningSuperset

from dashboards.superset.serve import Installation
from warehouse.demo.history import write_history
from warehouse.lake.ingest import ingest
from warehouse.serve.build import build


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The sample captures and three days of the shop, built and published."""
    root = tmp_path_factory.mktemp("published")
    lake, warehouse = root / "lake", root / "warehouse.duckdb"
    captures = [path for path in sorted((ROOT / "examples" / "data").iterdir()) if path.name != "ORIGIN.md"]
    days = write_history(
        root / "exports", days=3, seed=8, spans_per_day=6_000, end_date=dt.date(2026, 11, 20)
    )
    ingest([*captures, *days], lake)
    build(lake, warehouse)
    return Published(lake, warehouse)


@pytest.fixture(scope="session")
def installation(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(ROOT / ".venv-superset" / "bin", tmp_path_factory.mktemp("superset"))
    made.prepare()
    made.import_bundle(published.warehouse)
    return made


@pytest.fixture(scope="session")
def superset(installation: Installation) -> Iterator[RunningSuperset]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (installation.home / "web.log").open("w", encoding="utf-8")
    server = subprocess.Popen(
        installation.web_server(port),
        env=installation.environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        running = RunningSuperset(f"http://127.0.0.1:{port}", installation.password())
        _wait_until_healthy(running, Path(log.name), server)
        running.log_in()
        yield running
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait_until_healthy(running: RunningSuperset, log: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if urllib3.request("GET", f"{running.url}/health", retries=False, timeout=10).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            time.sleep(1)
    pytest.fail(f"Superset does not answer:\n{log.read_text(encoding='utf-8')[-3000:]}")
