"""What driver and executors must agree on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import warehouse
from warehouse import _native
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

_CORES_UNKNOWN = 16
"""Cores assumed where the session does not tell: this only sizes the splits of small batches."""
SHIPPING = "see `Shipping the package` in jobs/README.md"


@cache
def release() -> str:
    """A hash of the package's sources: the same for a checkout, a wheel and an archive, on any platform."""
    home = Path(str(warehouse.__file__)).parent
    sources = (p for p in home.rglob("*.py") if "_project" not in p.parts)
    texts = sorted((p.relative_to(home).as_posix().encode(), p.read_bytes()) for p in sources)
    return f"{_native.xxh3_64(b''.join(name + text for name, text in texts)) & (2**64 - 1):016x}"


def check_executor(driver_release: str) -> None:
    """Raises WarehouseError when this process runs another release than the driver."""
    if release() != driver_release:
        raise WarehouseError(
            "The executors run another release of otlp-warehouse than the driver: ship the driver's "
            f"({SHIPPING})."
        )


def context_of(spark: SparkSession) -> SparkContext | None:
    """The context behind the session; Spark Connect has none."""
    from pyspark.errors import PySparkException

    try:
        return spark.sparkContext
    except PySparkException:
        return None


def cores(spark: SparkSession) -> int:
    """Cores that the session's executors have together, as far as it tells."""
    context = context_of(spark)
    return context.defaultParallelism if context else _CORES_UNKNOWN
