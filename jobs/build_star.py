"""The star schema as Delta tables: the dbt project on Spark.

spark-submit jobs/build_star.py --lake LAKE --out STAR
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
    made = parser("Build dimensions, facts and cubes of assembled traces, logs and metrics with dbt.")
    made.add_argument("--out", default=".data/star", help="Folder of the star's Delta tables.")
    made.add_argument("--full", action="store_true", help="Redo every date, not only those that changed.")
    return made.parse_args(arguments)


def build(spark: SparkSession, found: Namespace) -> int:
    from warehouse.cli.screen import counted
    from warehouse.spark.star import build_star

    result = build_star(spark, found.lake, found.out, full=found.full)
    if found.json:
        print(json.dumps(result.to_json()))
    elif result.rows:
        tables, dates = counted(len(result.rows), "table"), counted(len(result.dates), "date")
        print(f"Built {tables} in {found.out}; {dates} redone.")
    else:
        print(f"Nothing new: {found.out} is what the lake holds.")
    return sum(result.rows.values())


def main(arguments: Sequence[str] | None = None) -> int:
    return run_job("build_star.py", build, options(arguments))


if __name__ == "__main__":
    sys.exit(main())
