"""What Spark cannot do is told in one sentence, before or after it tried."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warehouse.errors import USAGE, WarehouseError
from warehouse.lake.creation import create_missing
from warehouse.spark.aggregates import aggregate
from warehouse.spark.installation import defaults
from warehouse.spark.star import build_star

ROOT = Path(__file__).parents[2]


def test_a_java_too_old(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    java.chmod(0o755)
    (tmp_path / "source").write_text("{}\n")
    done = subprocess.run(
        [sys.executable, "-m", "warehouse.cli.main", "ingest", "source", "--engine", "spark"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = 'Spark does not run on openjdk version "1.8.0_392": install Java 17, or set JAVA_HOME.\n'
    assert (done.returncode, done.stdout, done.stderr) == (3, "", told)


@pytest.mark.parametrize("work", [aggregate, build_star])
@pytest.mark.parametrize("places", [("s3://shop/lake", "out"), ("lake", "s3://shop/out")])
def test_spark_sql_on_an_object_store(work: Callable[..., Any], places: tuple[str, str]) -> None:
    with pytest.raises(WarehouseError, match="lies in an object store, which Spark SQL") as refused:
        work(None, *places)
    assert refused.value.exit_code == USAGE


@pytest.mark.slow
@pytest.mark.spark
def test_a_spark_without_delta(spark_environment: dict[str, str], tmp_path: Path) -> None:
    """Its configuration names jars that are gone."""
    lake = tmp_path / "lake"
    lake.mkdir()
    create_missing(lake)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "spark-defaults.conf").write_text("\n".join(defaults(tmp_path)))
    jobs = (
        "import sys; from jobs import aggregate_services, build_star;"
        "print([job.main(sys.argv[1:]) for job in (aggregate_services, build_star)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", jobs, "--lake", str(lake), "--out", str(tmp_path / "out")],
        env=spark_environment | {"SPARK_CONF_DIR": str(tmp_path / "conf")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[3, 3]\n", done.stderr
    told = "Spark has no Delta: run `make spark` and set SPARK_CONF_DIR to the folder it names."
    assert done.stderr.splitlines().count(told) == 2, done.stderr
