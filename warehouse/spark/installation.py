"""The Delta jars and the configuration that Spark needs on this machine: `make spark`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from warehouse.errors import WarehouseError

DELTA_ARTIFACT = "io.delta:delta-spark_4.2_2.13:4.4.0"
JARS = (
    "delta-spark_4.2_2.13-4.4.0.jar",
    "delta-storage-4.4.0.jar",
    "delta-kernel-api-4.4.0.jar",
    "delta-kernel-defaults-4.4.0.jar",
    "delta-kernel-unitycatalog-4.4.0.jar",
    "unitycatalog-client-0.6.0.jar",
    "unitycatalog-hadoop-0.6.0.jar",
    "jts-core-1.20.0.jar",
)
"""What Delta needs beside the jars that Spark brings."""
_FETCH_SECONDS = 600
_LOG4J = """\
# Warnings only, and none of those that say nothing about the user's data.
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.utils.name = org.apache.spark.util.Utils
logger.utils.level = error
logger.metastore.name = org.apache.hadoop.hive
logger.metastore.level = error
logger.session.name = org.apache.spark.sql.classic.SparkSession
logger.session.level = error
logger.delta.name = org.apache.spark.sql.delta
logger.delta.level = error
"""


def spark_home() -> Path:
    """The folder of the jars and of `conf/`: OTLP_WAREHOUSE_SPARK_HOME, else in the user's cache folder."""
    if chosen := os.environ.get("OTLP_WAREHOUSE_SPARK_HOME"):
        return Path(chosen).absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).absolute() / "otlp-warehouse" / "spark"


def missing_jars(home: Path) -> list[str]:
    return [name for name in JARS if not (home / "jars" / name).is_file()]


def install(home: Path) -> None:
    """Fetch the jars that are missing and write `conf/`. Raises WarehouseError when a jar cannot be had."""
    if missing_jars(home):
        _fetch(home / "jars")
    _write_conf(home)


def _fetch(jars: Path) -> None:
    """By Maven where it is installed, for it knows the site's mirrors; else by the Ivy inside Spark."""
    jars.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as draft:
        told = (_by_maven if shutil.which("mvn") else _by_ivy)(Path(draft))
        # Ivy puts the group before the name.
        found = {name: file for file in Path(draft).rglob("*.jar") if (name := _known(file.name))}
        if len(found) < len(JARS):
            lost = ", ".join(sorted(set(JARS) - set(found)))
            raise WarehouseError(
                f"The Delta jars could not be fetched ({lost}): put them into {jars} by hand, "
                f"or make Maven Central reachable and run `make spark` again.\n{told[-1500:]}"
            )
        for name, file in found.items():
            file.replace(jars / name)


def _known(name: str) -> str | None:
    return next((jar for jar in JARS if name == jar or name.endswith("_" + jar)), None)


def _by_maven(draft: Path) -> str:
    group, name, number = DELTA_ARTIFACT.split(":")
    (draft / "pom.xml").write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>otlp.warehouse</groupId><artifactId>jars</artifactId><version>1</version>"
        "<packaging>pom</packaging><dependencies><dependency>"
        f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{number}</version>"
        "</dependency></dependencies></project>\n",
        encoding="utf-8",
    )
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    return _run([*command, f"-DoutputDirectory={draft / 'jars'}"], draft, dict(os.environ))


def _by_ivy(draft: Path) -> str:
    arguments = f"--packages {DELTA_ARTIFACT} --conf spark.jars.ivy={draft} pyspark-shell"
    code = "from pyspark.java_gateway import launch_gateway; launch_gateway().shutdown()"
    return _run([sys.executable, "-c", code], draft, os.environ | {"PYSPARK_SUBMIT_ARGS": arguments})


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} gave no answer for {_FETCH_SECONDS} s."
    return done.stdout


def _write_conf(home: Path) -> None:
    conf = home / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    _write(conf / "spark-defaults.conf", defaults(home))
    _write(conf / "log4j2.properties", _LOG4J.splitlines())
    _write(conf / "spark-env.sh", [f'export PYSPARK_PYTHON="${{PYSPARK_PYTHON:-{sys.executable}}}"'])


def defaults(home: Path) -> list[str]:
    """Lines of spark-defaults.conf. Under spark-submit, jars named in a session's builder come too late."""
    jars = ",".join((home / "jars" / name).as_uri() for name in JARS)
    return [
        f"spark.jars {jars}",
        "spark.sql.extensions io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone UTC",
        # Without it Spark warns about every plan of a table with many columns.
        "spark.sql.debug.maxToStringFields 250",
        # A lake's tables are small in files: parallel listing costs more than it saves.
        "spark.databricks.delta.snapshotPartitions 4",
    ]


def _write(file: Path, lines: Iterable[str]) -> None:
    """Whole or not at all: a session may start meanwhile."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(file)


def main() -> None:
    """Install for this machine and say how to use it."""
    home = spark_home()
    try:
        install(home)
    except WarehouseError as error:
        sys.exit(error.message)
    print(f"Spark {version('pyspark')} with {DELTA_ARTIFACT} is set up:")
    print(f"  export SPARK_CONF_DIR={home / 'conf'}")


if __name__ == "__main__":
    main()
