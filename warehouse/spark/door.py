"""How a Spark job begins and ends: a session that the launcher configured, a sentence, an exit code."""

from __future__ import annotations

import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Callable
from typing import TYPE_CHECKING

from warehouse.errors import COULD_NOT_RUN, WarehouseError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_LAKE = ".data/lake"


def parser(description: str) -> ArgumentParser:
    """Options that every job has; a wrong option ends with exit code 2."""
    made = ArgumentParser(description=description)
    made.add_argument("--lake", default=DEFAULT_LAKE, help="Folder of the lake's Delta tables.")
    made.add_argument("--json", action="store_true", help="Print one JSON object on stdout, nothing else.")
    made.add_argument("--debug", action="store_true", help="Show the stack trace of an error.")
    return made


def run_job(name: str, work: Callable[[SparkSession], int | None], debug: bool = False) -> int:
    """Do the work in the session that there is, or a new one. Returns the exit code of the CLI's verbs."""
    from warehouse.spark.failures import executor_failures

    try:
        with executor_failures():
            return work(_session(name)) or 0
    except WarehouseError as error:
        if debug:
            traceback.print_exception(error)
        print(error.message, file=sys.stderr)
        return error.exit_code
    except Exception as error:
        if debug:
            traceback.print_exception(error)
        reason = (str(error).strip().splitlines() or [""])[0]
        print(f"Unexpected {type(error).__name__}: {reason} (--debug shows where).", file=sys.stderr)
        return COULD_NOT_RUN


def _session(name: str) -> SparkSession:
    """No master and no jar here: spark-submit, its configuration, or the platform decides."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.appName(name).getOrCreate()
