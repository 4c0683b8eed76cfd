"""`spark.readStream.format("otlp")`: every record once, whatever grows, fails or is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from otlp_lines import log_line, trace_line
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from warehouse.lake.ledger import Ledger
from warehouse.lake.tables import LEDGER, open_table
from warehouse.spark.source import register

KILLS = 10
pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module", autouse=True)
def _registered(spark: SparkSession) -> None:
    register(spark)


class Stream:
    """A stream of spans from `source` into the Delta table `table`, in folders of one test."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder, self.source = spark, folder, folder / "source"
        self.source.mkdir()

    def rows(self, **options: str) -> DataFrame:
        progress = str(self.folder / "progress")
        reader = self.spark.readStream.format("otlp").option("progressLocation", progress)
        return reader.options(**options).load(str(self.source))

    def start(self, **options: str) -> StreamingQuery:
        writer = self.rows(**options).writeStream.format("delta").trigger(availableNow=True)
        checkpoint = str(self.folder / "checkpoint")
        return writer.option("checkpointLocation", checkpoint).start(str(self.folder / "table"))

    def run(self, **options: str) -> list[int]:
        """Read all there is; rows of each micro-batch that had some."""
        query = self.start(**options)
        query.awaitTermination()
        return [p["numInputRows"] for p in query.recentProgress if p["numInputRows"]]

    def span_ids(self) -> list[str]:
        rows = self.spark.read.format("delta").load(str(self.folder / "table"))
        return sorted(r.span_id for r in rows.select("span_id").collect())


def _span_ids(*lines: int) -> list[str]:
    return sorted(f"{n * 3 + i + 1:016x}" for n in lines for i in range(3))


@pytest.fixture
def stream(spark: SparkSession, tmp_path: Path) -> Stream:
    return Stream(spark, tmp_path)


def test_what_grew_is_read_from_where_it_stopped(stream: Stream) -> None:
    growing, torn = stream.source / "growing", trace_line(2)
    growing.write_text(trace_line(0) + log_line(1) + torn[:99])
    (stream.source / "whole").write_text(trace_line(5))
    assert stream.run() == [6]
    growing.write_text(trace_line(0) + log_line(1) + torn + trace_line(3))
    (stream.source / "copy").write_text(trace_line(5))
    assert stream.run() == [6]
    assert stream.run() == []
    assert stream.span_ids() == _span_ids(0, 2, 3, 5)
    ledger = Ledger.read(stream.folder / "progress").of_paths([str(growing), str(stream.source / "copy")])
    assert [v.start_offset for v in ledger[str(growing)]] == [0, len(trace_line(0) + log_line(1))]
    assert ledger[str(stream.source / "copy")][-1].end_offset == len(trace_line(5))


def test_limits_cut_micro_batches_and_keep_copies_with_their_file(stream: Stream) -> None:
    for n in range(5):
        (stream.source / f"{n}").write_text(trace_line(n))
    (stream.source / "9-copy").write_text(trace_line(0))
    assert stream.run(maxFilesPerTrigger="2") == [6, 6, 3]
    for n in range(5, 8):
        (stream.source / f"{n}").write_text(trace_line(n))
    assert stream.run(maxBytesPerTrigger="10") == [3, 3, 3]
    assert stream.span_ids() == _span_ids(*range(8))


def test_a_running_query_takes_what_appears(stream: Stream) -> None:
    """Micro-batches by the clock, stopped and started again under another trigger."""
    (stream.source / "0").write_text(trace_line(0))
    writer = stream.rows().writeStream.format("delta").trigger(processingTime="200 milliseconds")
    query = writer.option("checkpointLocation", str(stream.folder / "checkpoint")).start(
        str(stream.folder / "table")
    )
    try:
        for n in range(1, 4):
            query.processAllAvailable()
            (stream.source / f"{n}").write_text(trace_line(n))
        query.processAllAvailable()
        assert stream.span_ids() == _span_ids(*range(4))
    finally:
        query.stop()
    (stream.source / "4").write_text(trace_line(4))
    assert stream.run() == [3]
    assert stream.span_ids() == _span_ids(*range(5))


def test_each_stream_has_a_progress_folder_of_its_own(stream: Stream) -> None:
    (stream.source / "0").write_text(trace_line(0))
    both = stream.rows().union(stream.rows())
    query = both.writeStream.format("noop").trigger(availableNow=True)
    with pytest.raises(StreamingQueryException, match="Another stream keeps its progress in"):
        query.option("checkpointLocation", str(stream.folder / "checkpoint")).start().awaitTermination()
    with pytest.raises(Exception, match="progressLocation"):
        stream.spark.readStream.format("otlp").load(str(stream.source)).writeStream.format("noop").option(
            "checkpointLocation", str(stream.folder / "other")
        ).start().awaitTermination()


def test_a_checkpoint_without_its_progress_folder_is_refused(stream: Stream) -> None:
    (stream.source / "0").write_text(trace_line(0))
    assert stream.run() == [3]
    (stream.folder / "progress").rename(stream.folder / "moved")
    (stream.source / "1").write_text(trace_line(1))
    with pytest.raises(StreamingQueryException, match="holds no plan of micro-batch 1, which the checkpoint"):
        stream.run()
    assert stream.span_ids() == _span_ids(0)


def test_foreach_batch_with_a_transaction_of_its_own(stream: Stream) -> None:
    """The way for writing more than one table; a repeated micro-batch changes nothing."""
    (stream.source / "0").write_text(trace_line(0))
    table = str(stream.folder / "table")

    def write(rows: DataFrame, batch: int) -> None:
        once = (
            rows.write.format("delta").mode("append").option("txnAppId", "test").option("txnVersion", batch)
        )
        once.save(table)
        once.save(table)

    query = stream.rows().writeStream.foreachBatch(write).trigger(availableNow=True)
    query.option("checkpointLocation", str(stream.folder / "checkpoint")).start().awaitTermination()
    assert stream.span_ids() == _span_ids(0)


RUN = """
import json, sys
from pyspark.sql import SparkSession
from warehouse.spark.source import register
folder = sys.argv[1]
settings = {"spark.ui.enabled": "false", "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
builder = SparkSession.builder.master("local[2]")
for item in settings.items():
    builder = builder.config(*item)
spark = builder.getOrCreate()
register(spark)
reader = spark.readStream.format("otlp").option("progressLocation", folder + "/progress")
rows = reader.option("maxFilesPerTrigger", "1").load(folder + "/source").select("span_id")
print("ready", flush=True)
writer = rows.writeStream.format("delta").option("checkpointLocation", folder + "/checkpoint")
writer.trigger(availableNow=True).start(folder + "/table").awaitTermination()
"""


def _run(folder: Path, environment: dict[str, str], seconds: float | None) -> int:
    """Run the stream; after `seconds` kill the driver, its Java machine and its workers at one stroke."""
    command = [sys.executable, "-c", RUN, str(folder)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if seconds is not None:
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def test_killed_at_random_moments_every_record_comes_once(
    stream: Stream, spark_environment: dict[str, str]
) -> None:
    seed = random.randrange(1_000_000)
    print("seed", seed)
    rng = random.Random(seed)
    growing, next_line = stream.source / "growing", 1_000
    growing.write_text(trace_line(next_line)[:50])
    expected = {next_line}
    for kill in range(KILLS):
        for n in range(2):
            (stream.source / f"{kill}-{n}").write_text(trace_line(kill * 2 + n))
            expected.add(kill * 2 + n)
        # The growing file always ends within a line, which the next round completes.
        whole = "".join(trace_line(n) for n in range(1_000, next_line + 1))
        growing.write_text(whole + trace_line(next_line + 1)[: rng.randrange(1, 300)])
        expected.add(next_line)
        next_line += 1
        assert _run(stream.folder, spark_environment, rng.uniform(0.5, 6)) in (-signal.SIGKILL, 0)
    assert _run(stream.folder, spark_environment, None) == 0
    assert stream.span_ids() == _span_ids(*expected)
    plans = [int(p.name) for p in (stream.folder / "progress" / "_batches").iterdir()]
    assert len(plans) <= 2, "done micro-batches leave nothing behind"
    ledger = open_table(stream.folder / "progress", LEDGER).to_pyarrow_table().to_pylist()
    assert sum(row["spans"] for row in ledger) == 3 * len(expected)
    assert json.loads((stream.folder / "checkpoint" / "metadata").read_text())["id"]
