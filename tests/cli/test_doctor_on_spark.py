"""`doctor` says what Spark lacks before Spark does."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from cli import run

from warehouse.spark.installation import JARS, defaults


def _found(tmp_path: Path, **environment: str) -> dict[str, dict[str, str]]:
    # Tests of Spark in the same process choose its conf folder.
    home = {"OTLP_WAREHOUSE_SPARK_HOME": str(tmp_path / "spark"), "SPARK_CONF_DIR": ""}
    done = run("doctor", "--json", cwd=tmp_path, env=home | environment)
    return {finding["subject"]: finding for finding in json.loads(done.stdout)}


def test_missing_jars_are_named_with_the_remedy(tmp_path: Path) -> None:
    jars = _found(tmp_path)["delta jars"]
    assert (jars["state"], "8 missing" in jars["detail"], "make spark" in jars["detail"]) == (
        "warning",
        True,
        True,
    )


def test_a_folder_that_cannot_be_looked_into(tmp_path: Path) -> None:
    jars = _found(tmp_path, OTLP_WAREHOUSE_SPARK_HOME=f"/{'x' * 300}")["delta jars"]
    assert jars["state"] == "warning" and "cannot be read (File name too long)" in jars["detail"]


def test_jars_without_their_configuration(tmp_path: Path) -> None:
    home = tmp_path / "spark"
    (home / "jars").mkdir(parents=True)
    (home / "conf").mkdir()
    for name in JARS:
        (home / "jars" / name).touch()
    assert "does not set Delta up" in _found(tmp_path)["delta jars"]["detail"]
    (home / "conf" / "spark-defaults.conf").write_text("\n".join(defaults(home)))
    assert _found(tmp_path)["delta jars"]["state"] == "ok"


@pytest.mark.parametrize(
    ("told", "state"), [('openjdk version "11.0.2" 2019', "warning"), ('java version "21.0.1"', "ok")]
)
def test_wrong_java(tmp_path: Path, told: str, state: str) -> None:
    java = tmp_path / "home" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    java.chmod(0o755)
    finding = _found(tmp_path, JAVA_HOME=str(tmp_path / "home"))["java"]
    assert finding["state"] == state
    assert told in finding["detail"]
    assert "Java 17" in finding["detail"] or state == "ok"


def test_a_worker_python_that_cannot_work(tmp_path: Path) -> None:
    fine = _found(tmp_path, PYSPARK_PYTHON=sys.executable)["PYSPARK_PYTHON"]
    assert fine["state"] == "ok"
    absent = _found(tmp_path, PYSPARK_PYTHON="/nowhere/python")["PYSPARK_PYTHON"]
    assert (absent["state"], "does not run" in absent["detail"]) == ("warning", True)
    other = tmp_path / "python2"
    other.write_text("#!/bin/sh\necho 2.7\n")
    other.chmod(0o755)
    assert "is 2.7" in _found(tmp_path, PYSPARK_PYTHON=os.fspath(other))["PYSPARK_PYTHON"]["detail"]
