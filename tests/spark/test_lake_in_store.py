"""Jobs on a lake in an object store: executors and driver go there without Hadoop's connectors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bucket_under_test import Bucket
from lake_contents import all_rows, write_sources
from loopback import free_port, serving
from pyspark.sql import SparkSession

from jobs import assemble_traces, ingest_otlp, maintain_lake
from warehouse.lake.ingest import ingest
from warehouse.stores.places import place
from warehouse.traces.assemble import assemble

pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.fixture
def bucket(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket whose keys driver and executors have in their environment."""
    port = free_port()
    with serving([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port) as url:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
        }.items():
            monkeypatch.setenv(name, value)
            # As spark.executorEnv does before a session starts.
            monkeypatch.setitem(spark.sparkContext.environment, name, value)
        yield Bucket.create(url, "shop")


def test_a_lake_in_a_store_equals_one_in_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    write_sources(tmp_path / "sources")
    ingest([tmp_path / "sources"], tmp_path / "lake")
    assemble(tmp_path / "lake", settle=True)
    lake = ["--lake", f"{bucket.url}/lake"]
    assert ingest_otlp.main([str(tmp_path / "sources"), *lake]) == 0
    assert assemble_traces.main([*lake, "--settle"]) == 0
    assert maintain_lake.main([*lake, "--only", "optimize", "--table", "log_records"]) == 0
    assert all_rows(place(f"{bucket.url}/lake")) == all_rows(tmp_path / "lake")
