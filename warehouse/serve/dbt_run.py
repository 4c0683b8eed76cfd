"""Running the dbt project against a DuckDB file, in a process of its own.

dbt keeps its connection to the file until its process ends, and the file has one writer at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import WarehouseError
from warehouse.serve.project import project_dir, with_declared
from warehouse.telemetry import count, past_span

Progress = Callable[[str, int, int], None]
"""Called with what was just done, how many steps are done, and how many there are."""


def dbt_command(project: Path, folder: Path, *arguments: str) -> list[str]:
    """The command line that runs dbt on a project; what dbt writes goes to `folder`."""
    return [
        sys.executable,
        "-c",
        "from dbt.cli.main import cli; cli()",
        *dbt_arguments(project, folder, *arguments),
    ]


def dbt_arguments(project: Path, folder: Path, *arguments: str) -> list[str]:
    """What dbt is told behind its name."""
    return [
        *arguments,
        "--target=build",
        f"--project-dir={project}",
        f"--profiles-dir={project}",
        f"--target-path={folder / 'target'}",
        f"--log-path={folder / 'logs'}",
    ]


def models_environment(project: Path, file: Path) -> dict[str, str]:
    """Variables of the environment that have dbt build `file`."""
    return {"OTLP_WAREHOUSE_BUILD_FILE": str(file), "OTLP_WAREHOUSE_MACROS": macros_hash(project)}


def _events(lines: Iterable[str]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Info and data of every log event; lines that are none are skipped."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        yield event["info"], event["data"]


def macros_hash(project: Path) -> str:
    """A hash of all macros and of DuckDB's version, whose `hash()` may be another."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for file in sorted((project / "macros").rglob("*.sql")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _record(info: dict[str, Any], data: dict[str, Any]) -> None:
    """A span of the model that dbt says it has just built."""
    end = datetime.fromisoformat(info["ts"]).timestamp()
    start = end - data["execution_time"]
    past_span(
        data["node_info"]["node_name"],
        int(start * 1e9),
        int(end * 1e9),
        db__system__name="duckdb",
        db__collection__name=data["node_info"]["node_name"],
        otlp_warehouse__status=str(data["status"]),
    )
    count("models.built", 1, "{model}")


def run_models(file: Path, folder: Path, progress: Progress | None = None) -> int:
    """Build every model into `file`; dbt's own files go to `folder`. Returns the number of models.

    Raises WarehouseError with the first error that dbt reports.
    """
    project = with_declared(project_dir(), folder)
    environment = os.environ | models_environment(project, file)
    quietly = ("--log-format=json", "--log-level-file=none", "--no-write-json")
    command = dbt_command(project, folder, *quietly, "--fail-fast", "run")
    models, errors = 0, []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for info, data in _events(process.stdout):
            if info["name"] == "LogModelResult":
                models += 1
                _record(info, data)
                if progress:
                    progress(data["node_info"]["node_name"], models, data["total"])
            elif info["level"] == "error":
                errors.append((info["name"] != "RunResultError", " ".join(info["msg"].split())))
    if process.returncode:
        # The result of the failing model says why; other errors only repeat that something failed.
        reason = min(errors)[1] if errors else f"dbt ended with exit code {process.returncode}"
        raise WarehouseError(f"The models could not be built, so nothing was published: {reason}")
    return models
