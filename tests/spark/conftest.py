"""One Java machine for all tests that need no cluster of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from warehouse.spark.installation import install, spark_home

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tests" / room) for room in ("", "ingest", "traces")]


@pytest.fixture(scope="session")
def spark_environment() -> dict[str, str]:
    """The environment of a process that starts Spark: the jars are fetched if this was never done."""
    install(spark_home())
    chosen = {"SPARK_CONF_DIR": str(spark_home() / "conf"), "PYTHONPATH": str(ROOT)}
    return os.environ | chosen | {"PYSPARK_PYTHON": sys.executable}


@pytest.fixture(scope="session")
def spark(
    spark_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkSession]:
    os.environ.update(spark_environment)
    builder = SparkSession.builder.master("local[2]").appName("tests")
    settings = {
        "spark.driver.memory": "1g",
        # Java's first compiler alone: short tests are over before the second one pays.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark-warehouse")),
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
