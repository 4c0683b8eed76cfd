"""Hour and day cubes of latency and the dependency graph, by Spark SQL: for clusters without DuckDB.

spark-submit jobs/aggregate_services.py --lake LAKE --out CUBES
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from warehouse.spark.door import parser, run_job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def options(arguments: Sequence[str] | None) -> Namespace:
    made = parser("Aggregate assembled spans to cubes of latency and of calls between services.")
    made.add_argument("--out", default=".data/cubes", help="Folder of the cubes' Delta tables.")
    made.add_argument("--since", type=date.fromisoformat, help="Replace event dates from then on only.")
    return made.parse_args(arguments)


def aggregate_services(spark: SparkSession, found: Namespace) -> int:
    from warehouse.cli.screen import counted
    from warehouse.spark.aggregates import aggregate

    spark.conf.set("spark.sql.session.timeZone", "UTC")
    result = aggregate(spark, found.lake, found.out, since=found.since)
    if found.json:
        print(json.dumps(result.to_json()))
    else:
        for name, rows in result.rows.items():
            print(f"{name}: {counted(rows, 'row')} in {found.out}")
    return sum(result.rows.values())


def main(arguments: Sequence[str] | None = None) -> int:
    return run_job("aggregate_services.py", aggregate_services, options(arguments))


if __name__ == "__main__":
    sys.exit(main())
