"""The lake's files merged on executors, and those removed that nobody needs.

spark-submit jobs/maintain_lake.py --lake LAKE
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
    made = parser("Merge small files, then remove files that were replaced or left behind.")
    made.add_argument("--table", action="append", default=[], help="Table to optimize; all by default.")
    made.add_argument("--retention-hours", type=int, help="Keep what was replaced in the last hours.")
    made.add_argument(
        "--dry-run", action="store_true", help="Change nothing, count what vacuum would remove."
    )
    made.add_argument("--only", choices=("optimize", "vacuum"), help="Do half of it.")
    found = made.parse_args(arguments)
    if found.retention_hours is not None and found.retention_hours < 0:
        made.error("--retention-hours is a number of hours from 0 on")
    return found


def maintain_lake(spark: SparkSession, found: Namespace) -> int | None:
    from warehouse.cli.maintenance_report import print_optimized, print_vacuumed
    from warehouse.lake.vacuum import RETENTION_HOURS, vacuum
    from warehouse.serve.pins import pinned_files
    from warehouse.spark.maintenance import optimize
    from warehouse.stores.places import place

    told, rows = {}, None
    if found.only != "vacuum" and not found.dry_run:
        optimized = optimize(spark, found.lake, found.table)
        told["optimize"], rows = optimized.to_json(), optimized.rows
        if not found.json:
            print_optimized(optimized)
    if found.only != "optimize":
        lake, hours = place(found.lake), found.retention_hours
        pinned = pinned_files(lake, found.warehouse)
        hours = RETENTION_HOURS if hours is None else hours
        vacuumed = vacuum(lake, pinned=pinned, retention_hours=hours, dry_run=found.dry_run)
        told["vacuum"] = vacuumed.to_json()
        if not found.json:
            print_vacuumed(vacuumed)
    if found.json:
        print(json.dumps(told))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    return run_job("maintain_lake.py", maintain_lake, options(arguments))


if __name__ == "__main__":
    sys.exit(main())
