"""Failures of Spark as one sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.errors import WarehouseError
from warehouse.spark.executors import SHIPPING

_RAISED = re.compile(r"^(?:[\w.]+\.)?(WarehouseError|\w*Error|\w*Exception): (.+)$", re.MULTILINE)
_PACKAGE = re.compile(r"No module named '(warehouse|pyarrow|numpy|zstandard)\b[\w.]*'")
_NO_DELTA = re.compile(
    r"DATA_SOURCE_NOT_FOUND|data source: delta|The table or view `delta`\.`/|"
    r"ClassNotFoundException: org\.apache\.spark\.sql\.delta\."
)
_PYTHON = re.compile(r"different (?:minor )?version.*?driver (?:has|:) ?\S*|PYTHON_VERSION_MISMATCH")


@contextmanager
def executor_failures() -> Iterator[None]:
    """What tasks raise, told by the driver. Raises WarehouseError in place of Spark's errors."""
    from pyspark.errors import PySparkException

    try:
        yield
    except WarehouseError:
        raise
    except Exception as error:
        if not isinstance(error, PySparkException) and not type(error).__module__.startswith("py4j"):
            raise
        raise WarehouseError(told(str(error))) from error


def told(text: str) -> str:
    """The sentence for the text of an error of Spark, which holds the executor's stack trace if any."""
    if found := _PACKAGE.search(text):
        wanted = "otlp-warehouse" if found[1] == "warehouse" else found[1]
        return (
            f"The executors' Python has no package {wanted}: ship it with the job or install it ({SHIPPING})."
        )
    if _PYTHON.search(text):
        return (
            "Driver and executors run different versions of Python: set PYSPARK_PYTHON to the same version "
            f"on both ({SHIPPING})."
        )
    if _NO_DELTA.search(text):
        return "Spark has no Delta: run `make spark` and set SPARK_CONF_DIR to the folder it names."
    raised = _RAISED.findall(text)
    ours = [sentence for name, sentence in raised if name == "WarehouseError"]
    if ours:
        return str(ours[-1])
    first = (text.strip().splitlines() or ["no reason given"])[0]
    kind, reason = raised[-1] if raised else ("", first)
    return f"The Spark job failed ({kind + ': ' if kind else ''}{reason}): mend the cause and run it again."
