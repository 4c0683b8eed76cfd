"""What `doctor` looks at for Spark. Whoever does not use Spark gets warnings at most."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from warehouse.cli.examinations import Finding
from warehouse.spark.installation import DELTA_ARTIFACT, missing_jars, spark_home

_JAVAS = (17, 21, 25)
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
    """The Java that Spark takes: JAVA_HOME's before PATH's."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    wanted = f"Spark jobs need Java {_JAVAS[0]} or {_JAVAS[1]}"
    if java is None:
        return Finding("java", "warning", f"not found: {wanted}")
    try:
        told = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
        ).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("java", "warning", f"{java} does not run ({error}): {wanted}")
    match = re.search(r'version "(\d+)', told)
    line = (told.splitlines() or [java])[0]
    if match is None or int(match[1]) not in _JAVAS:
        return Finding("java", "warning", f"{line}: {wanted}")
    return Finding("java", "ok", line)


def _jars() -> Finding:
    home = spark_home()
    if lost := missing_jars(home):
        return Finding("delta jars", "warning", f"{len(lost)} missing in {home / 'jars'}: run `make spark`")
    chosen = os.environ.get("SPARK_CONF_DIR")
    where = Path(chosen) if chosen else home / "conf"
    settings = where / "spark-defaults.conf"
    if not settings.is_file() or "DeltaSparkSessionExtension" not in settings.read_text(encoding="utf-8"):
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
