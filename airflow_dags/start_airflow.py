"""Airflow on this machine alone, with the DAGs of this folder: `make airflow`.

Its database, logs and password lie in AIRFLOW_HOME. Ends with Ctrl-C, and with the first of its processes.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

DAGS = Path(__file__).resolve().parent
CHECKOUT = DAGS.parent
AIRFLOW = Path(sys.executable).with_name("airflow")
# The scheduler ends first, for its workers talk to the API server.
SERVICES = {
    "api-server": [],
    "dag-processor": [],
    # Logs are read from the folder that all processes share.
    "scheduler": ["--skip-serve-logs"],
}
_START_SECONDS = 180
_END_SECONDS = 20


def environment(home: Path, port: int, given: Mapping[str, str]) -> dict[str, str]:
    """Settings of every process: what the user has set stays."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[*]"}),
    } | dict(given)


def spark_conf() -> str:
    """The configuration that `make spark` wrote."""
    code = "from warehouse.spark.installation import spark_home; print(spark_home() / 'conf')"
    toolkit = CHECKOUT / ".venv" / "bin" / "python"
    return subprocess.run([toolkit, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sentence = f"Port {port} is taken: choose another with `make airflow PORT={port + 1}`."
            print(sentence, file=sys.stderr)
            sys.exit(3)


def password(file: Path) -> str:
    """That of user admin, made up at the first start."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({"admin": secrets.token_urlsafe(12)}), encoding="utf-8")
    found: str = json.loads(file.read_text(encoding="utf-8"))["admin"]
    return found


def prepare(settings: dict[str, str], home: Path, source: str | None) -> None:
    """The database, the pool of one slot that all writers share, and variables that are not set yet."""
    variables = home / "variables.json"
    places = {"otlp_lake": home.parent / "lake", "otlp_warehouse": home.parent / "warehouse.duckdb"}
    variables.write_text(json.dumps({name: str(place) for name, place in places.items()}), encoding="utf-8")
    commands = [
        ["db", "migrate"],
        ["pools", "set", "otlp_warehouse", "1", "One writer at a time"],
        ["variables", "import", str(variables), "--action-on-existing-key", "skip"],
    ]
    if source:
        commands.append(["variables", "set", "otlp_source", source])
    for arguments in commands:
        done = subprocess.run(
            [AIRFLOW, *arguments], env=settings, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(
                f"`airflow {' '.join(arguments[:2])}` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except OSError:
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler"))


def serve(settings: dict[str, str], home: Path, url: str, told: str) -> int:
    """Run all services until one ends or we are told to end, then end the others."""
    running = {
        name: subprocess.Popen(
            [AIRFLOW, name, *flags],
            env=settings,
            stdout=(home / f"{name}.log").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for name, flags in SERVICES.items()
    }
    try:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and not is_ready(url) and not _ended(running):
            time.sleep(1)
        if not _ended(running):
            print(told, flush=True)
        while not (ended := _ended(running)):
            time.sleep(1)
        print(f"Airflow's {ended} ended: {home / ended}.log says why.", file=sys.stderr)
        return 3
    finally:
        for name in reversed(SERVICES):
            _end(running[name])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it end in order, but not for ever: a scheduler waits for its workers."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _ended(running: dict[str, subprocess.Popen[bytes]]) -> str | None:
    return next((name for name, process in running.items() if process.poll() is not None), None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="port on 127.0.0.1")
    parser.add_argument("--home", type=Path, default=CHECKOUT / ".data" / "airflow", help="AIRFLOW_HOME")
    parser.add_argument("--source", help="sets the Airflow variable otlp_source: where the OTLP files are")
    found = parser.parse_args()
    if os.environ.get("OTLP_WAREHOUSE_ENGINE") == "spark":
        os.environ.setdefault("SPARK_CONF_DIR", spark_conf())
    refuse_taken(found.port)
    home = found.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    settings = environment(home, found.port, os.environ)
    secret = password(Path(settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        prepare(settings, home, found.source)
        url = settings["AIRFLOW__API__BASE_URL"]
        return serve(
            settings, home, url, f"Airflow: {url}  user: admin  password: {secret}  (Ctrl-C ends it)"
        )
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
