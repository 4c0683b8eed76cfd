"""One Java machine for all tests that need no cluster of their own."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from warehouse.spark.installation import install, spark_home

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tests" / room) for room in ("", "cli", "ingest", "soak", "stores", "traces")]


@pytest.fixture(scope="session")
def spark_environment() -> dict[str, str]:
    """The environment of a process that starts Spark: the jars are fetched if this was never done."""
    install(spark_home())
    chosen = {"SPARK_CONF_DIR": str(spark_home() / "conf"), "PYTHONPATH": str(ROOT)}
    return os.environ | chosen | {"PYSPARK_PYTHON": sys.executable}


@pytest.fixture(scope="session")
def connect_port() -> int:
    """A port of this machine that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def connect_environment(spark_environment: dict[str, str], connect_port: int) -> dict[str, str]:
    """The environment of a client of the Connect server that the session `spark` is, too."""
    return spark_environment | {"SPARK_REMOTE": f"sc://127.0.0.1:{connect_port}"}


@pytest.fixture(scope="session")
def spark(
    spark_environment: dict[str, str], connect_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkSession]:
    os.environ.update(spark_environment)
    builder = SparkSession.builder.master("local[2]").appName("tests")
    settings = {
        "spark.driver.memory": "1g",
        # Java's first compiler alone: short tests are over before the second one pays. What it makes must all
        # fit, or it stops and the rest is interpreted.
        "spark.driver.extraJavaOptions": (
            "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=160m"
        ),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(connect_port),
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark-warehouse")),
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
