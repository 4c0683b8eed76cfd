"""OTLP files that appear and grow to p99 by service and five minutes.

spark-submit jobs/stream_service_latency.py --source SRC --progress FOLDER --out TABLE
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

_KEPT_PROGRESS = "10000"


def options(arguments: Sequence[str] | None) -> Namespace:
    made = parser("Tell the p99 of requests by service and five minutes, as files appear and grow.")
    made.add_argument("--source", required=True, help="Folder or pattern of OTLP files.")
    made.add_argument("--out", required=True, help="Folder of the Delta table.")
    made.add_argument("--progress", required=True, help="Folder that tells what was read, on every node.")
    made.add_argument("--watermark", default="10 minutes", help="How late a span may be.")
    made.add_argument("--every", metavar="SECONDS", type=int, help="Go on; else read what there is and end.")
    made.add_argument("--max-files", type=int, help="Files of a micro-batch at most.")
    return made.parse_args(arguments)


def stream_service_latency(spark: SparkSession, found: Namespace) -> int:
    from warehouse.spark.latency_stream import late_spans, service_latency
    from warehouse.spark.source import register

    register(spark)
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.streaming.numRecentProgressUpdates", _KEPT_PROGRESS)
    reader = spark.readStream.format("otlp").option("progressLocation", f"{found.progress}/source")
    if found.max_files:
        reader = reader.option("maxFilesPerTrigger", found.max_files)
    windows = service_latency(reader.load(found.source), found.watermark)
    writer = windows.writeStream.format("delta").option("checkpointLocation", f"{found.progress}/checkpoint")
    if found.every:
        writer = writer.trigger(processingTime=f"{found.every} seconds")
    else:
        writer = writer.trigger(availableNow=True)
    query = writer.start(found.out)
    query.awaitTermination()
    spans, late = sum(p.numInputRows for p in query.recentProgress), late_spans(query)
    if found.json:
        print(json.dumps({"spans": spans, "late": late}))
    else:
        print(f"Read {spans:,} spans; {late:,} came later than {found.watermark} and are in no window.")
    return int(spans)


def main(arguments: Sequence[str] | None = None) -> int:
    return run_job("stream_service_latency.py", stream_service_latency, options(arguments))


if __name__ == "__main__":
    sys.exit(main())
