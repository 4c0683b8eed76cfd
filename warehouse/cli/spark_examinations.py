"""What `doctor` looks at for Spark. Whoever does not use Spark gets warnings at most."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from warehouse.cli.examinations import Finding
from warehouse.spark.installation import DELTA_ARTIFACT, missing_jars, spark_home
from warehouse.spark.java import examined_java

_SPARK = "4.2"
_TIMEOUT_SECONDS = 20


def examine_spark() -> Iterator[Finding]:
    yield _pyspark()
    yield _java()
    yield _jars()
    yield _python()


def _pyspark() -> Finding:
    try:
        found = version("pyspark")
    except PackageNotFoundError:
        return Finding(
            "pyspark", "warning", "not installed: Spark jobs need `pip install otlp-warehouse[spark]`"
        )
    if not found.startswith(_SPARK + "."):
        return Finding("pyspark", "broken", f"{found}: {DELTA_ARTIFACT} needs Spark {_SPARK}")
    return Finding("pyspark", "ok", found)


def _java() -> Finding:
    fits, told = examined_java()
    return Finding("java", "ok" if fits else "warning", told)


def _jars() -> Finding:
    home = spark_home()
    chosen = os.environ.get("SPARK_CONF_DIR")
    where = Path(chosen) if chosen else home / "conf"
    settings = where / "spark-defaults.conf"
    try:
        lost = missing_jars(home)
        told = settings.read_text(encoding="utf-8") if settings.is_file() else ""
    except OSError as error:
        return Finding("delta jars", "warning", f"{error.filename} cannot be read ({error.strerror})")
    if lost:
        return Finding("delta jars", "warning", f"{len(lost)} missing in {home / 'jars'}: run `make spark`")
    if "DeltaSparkSessionExtension" not in told:
        return Finding("delta jars", "warning", f"{settings} does not set Delta up: run `make spark`")
    return Finding("delta jars", "ok", f"{DELTA_ARTIFACT}, configured in {where}")


def _python() -> Finding:
    """Executors start PYSPARK_PYTHON: driver and executors need the same minor version."""
    chosen = os.environ.get("PYSPARK_PYTHON")
    if chosen is None:
        return Finding("PYSPARK_PYTHON", "ok", "not set: spark-env.sh of `make spark` names this Python")
    code = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    try:
        told = subprocess.run(
            [chosen, "-c", code], capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("PYSPARK_PYTHON", "warning", f"{chosen} does not run here ({error})")
    own = ".".join(map(str, sys.version_info[:2]))
    if told.stdout.strip() != own:
        return Finding(
            "PYSPARK_PYTHON", "warning", f"{chosen} is {told.stdout.strip()}: the driver runs {own}"
        )
    return Finding("PYSPARK_PYTHON", "ok", f"{chosen}, Python {own}")
