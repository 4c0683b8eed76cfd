"""Landing spans into whole traces, computed on executors.

spark-submit jobs/assemble_traces.py --lake LAKE
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from warehouse.spark.door import parser, run_job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def options(arguments: Sequence[str] | None) -> Namespace:
    made = parser("Bring traces up to date with what was ingested.")
    made.add_argument("--settle", action="store_true", help="Take late spans of old dates now.")
    made.add_argument(
        "--workers", type=int, help="Cores to cut the work for; those of the session by default."
    )
    return made.parse_args(arguments)


def assemble_traces(spark: SparkSession, found: Namespace) -> int:
    from warehouse.cli.assemble_report import print_assembled
    from warehouse.spark.assembly import assemble

    result = assemble(spark, found.lake, settle=found.settle, workers=found.workers)
    if found.json:
        print(json.dumps(result.to_json()))
    else:
        print_assembled(result)
    return result.spans


def main(arguments: Sequence[str] | None = None) -> int:
    return run_job("assemble", assemble_traces, options(arguments))


if __name__ == "__main__":
    sys.exit(main())
