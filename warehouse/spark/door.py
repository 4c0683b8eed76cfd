"""How a Spark job begins and ends: a session that the launcher configured, a sentence, an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import COULD_NOT_RUN, WarehouseError
from warehouse.runs import Run, recorded
from warehouse.telemetry import VARIABLE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_LAKE = ".data/lake"
DEFAULT_WAREHOUSE = Path(".data/warehouse.duckdb")
Work = Callable[["SparkSession", Namespace], int | None]
"""What a job does with its options; returns the rows that it wrote, None when it counts none."""


def parser(description: str) -> ArgumentParser:
    """Options that every job has; a wrong option ends with exit code 2."""
    made = ArgumentParser(description=description)
    made.add_argument("--lake", default=DEFAULT_LAKE, help="Folder of the lake's Delta tables.")
    made.add_argument(
        "--warehouse",
        action="append",
        type=Path,
        default=[],
        help=f"Served file ({DEFAULT_WAREHOUSE}): the run is noted beside it, and what it reads is kept.",
    )
    made.add_argument(
        "--telemetry",
        metavar="PATH",
        default=os.environ.get(VARIABLE),
        help="Append this run's own traces and metrics to a file (or folder) of OTLP JSON.",
    )
    made.add_argument("--json", action="store_true", help="Print one JSON object on stdout, nothing else.")
    made.add_argument("--debug", action="store_true", help="Show the stack trace of an error.")
    # Who submits a job for a verb of the command line has noted the run already.
    made.add_argument("--unnoted", action="store_true", help=SUPPRESS)
    return made


def run_job(verb: str, work: Work, found: Namespace) -> int:
    """Do the work in the session that there is, or a new one. Returns the exit code of the CLI's verbs.

    The run is noted in the run log under `verb`, and recorded where --telemetry says.
    """
    if not found.telemetry:
        return _run(verb, work, found)
    try:
        from warehouse.telemetry.recording import recording

        with recording(found.telemetry, f"otlp-warehouse {verb.removesuffix('.py')}") as own:
            code = _run(verb, work, found)
            own.ends_with(code)
    except WarehouseError as error:
        return _failed(error, error.message, error.exit_code, found.debug)
    if not found.json:  # spark-submit leads both streams of a Python driver to stdout
        print(own.whereabouts, file=sys.stderr, end="")
    return code


def _run(verb: str, work: Work, found: Namespace) -> int:
    from warehouse.spark.failures import executor_failures

    beside = (found.warehouse or [DEFAULT_WAREHOUSE])[0]
    try:
        with nullcontext(Run(verb)) if found.unnoted else recorded(verb, beside) as run, executor_failures():
            run.rows = work(_session(f"otlp-warehouse {verb.removesuffix('.py')}"), found)
    except WarehouseError as error:
        return _failed(error, error.message, error.exit_code, found.debug)
    except Exception as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        sentence = f"Unexpected {type(error).__name__}: {reason} (--debug shows where)."
        return _failed(error, sentence, COULD_NOT_RUN, found.debug)
    return 0


def _failed(error: Exception, sentence: str, code: int, is_debug: bool) -> int:
    if is_debug:
        traceback.print_exception(error)
    print(sentence, file=sys.stderr)
    return code


def _session(name: str) -> SparkSession:
    """No master and no jar here: spark-submit, its configuration, or the platform decides."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.appName(name).getOrCreate()
