"""OTLP files into the lake, converted on executors.

spark-submit jobs/ingest_otlp.py --source SRC --lake LAKE
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
    made = parser("Read OTLP files into the lake. What was read before is skipped.")
    made.add_argument("sources", nargs="*", metavar="SRC", help="Files, folders or patterns.")
    made.add_argument("--source", action="append", default=[], help="The same, as an option.")
    made.add_argument(
        "--workers", type=int, help="Cores to cut the work for; those of the session by default."
    )
    made.add_argument("--max-decompressed", type=int, help="Bytes taken from one compressed file at most.")
    made.add_argument("--max-record", type=int, help="Bytes of one record at most.")
    found = made.parse_args(arguments)
    found.sources += found.source
    if not found.sources:
        made.error("name a source")
    return found


def ingest_otlp(spark: SparkSession, found: Namespace) -> int:
    from warehouse.cli.ingest_report import print_report
    from warehouse.otlp.compression import DECOMPRESSED_LIMIT
    from warehouse.otlp.pending import RECORD_LIMIT
    from warehouse.spark.ingest import ingest
    from warehouse.stores.places import place

    result = ingest(
        spark,
        found.sources,
        found.lake,
        workers=found.workers,
        record_limit=found.max_record or RECORD_LIMIT,
        max_decompressed=found.max_decompressed or DECOMPRESSED_LIMIT,
    )
    if found.json:
        print(json.dumps(result.to_json()))
    else:
        print_report(result, place(found.lake))
    return sum(result.rows.values())


def main(arguments: Sequence[str] | None = None) -> int:
    return run_job("ingest", ingest_otlp, options(arguments))


if __name__ == "__main__":
    sys.exit(main())
