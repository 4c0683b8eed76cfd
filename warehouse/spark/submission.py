"""`--engine spark` of the command line: hands a job to spark-submit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from warehouse.errors import COULD_NOT_RUN, WarehouseError
from warehouse.spark.installation import spark_home
from warehouse.spark.java import examined_java
from warehouse.telemetry import child_environment


def submit(job: str, arguments: Sequence[str], master: str | None = None) -> tuple[int, str]:
    """Run `jobs/<job>.py` to its end. Returns its exit code and what it printed on stdout.

    `master` is Spark's; without it SPARK_CONF_DIR decides, else the conf/ folder of `make spark`. Raises
    WarehouseError when there is no Spark or no Java.
    """
    command = [str(_spark_submit()), *(["--master", master] if master else []), str(_job(job)), *arguments]
    done = subprocess.run(command, env=_environment(), stdout=subprocess.PIPE, text=True, check=False)
    return (done.returncode if done.returncode >= 0 else COULD_NOT_RUN), done.stdout


def submit_for_json(job: str, arguments: Sequence[str], master: str | None) -> dict[str, Any]:
    """The object that a job prints with --json. Raises WarehouseError with its sentence when it fails."""
    code, printed = submit(job, ["--json", "--unnoted", *arguments], master)
    if code:
        # spark-submit leads both streams of a Python driver to stdout.
        raise WarehouseError((printed.splitlines() or ["The Spark job failed: its log says why."])[-1], code)
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def _spark_submit() -> Path:
    if home := os.environ.get("SPARK_HOME"):
        found = Path(home) / "bin" / "spark-submit"
    else:
        package = find_spec("pyspark")
        if package is None or package.origin is None:
            raise WarehouseError("Spark is not installed: `pip install 'otlp-warehouse[spark]'`.")
        found = Path(package.origin).parent / "bin" / "spark-submit"
    if not found.is_file():
        raise WarehouseError(f"{found} does not exist: set SPARK_HOME to the folder that holds Spark.")
    fits, told = examined_java()
    if not fits:
        raise WarehouseError(told)
    return found


def _job(name: str) -> Path:
    package = find_spec("jobs")
    if package is None or package.origin is None:
        raise WarehouseError("The package `jobs` is missing: install otlp-warehouse again.")
    return Path(package.origin).parent / f"{name}.py"


def _environment() -> dict[str, str]:
    environment = os.environ | child_environment()
    environment.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = spark_home() / "conf"
    if conf.is_dir():
        environment.setdefault("SPARK_CONF_DIR", str(conf))
    return environment
