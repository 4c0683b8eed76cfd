"""A lake in a bucket holds what a lake on a disk holds, and every verb reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from bucket_under_test import Bucket
from otlp_lines import mixed_lines, trace_line

from warehouse.cli import lake_facts
from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.schemas.registry import TABLES
from warehouse.stores import leases
from warehouse.stores.places import Place, StorePlace, place
from warehouse.traces.assemble import assemble


def _rows(lake: Place) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a lake as readers see them, but for the time of ingest."""
    with lake_facts.connect(lake) as con:
        return {
            name: con.sql(
                f"select * exclude (ingested_at_unix_nano) from lake.{name} order by all"
                if name == "ingest_files"
                else f"from lake.{name} order by all"
            ).fetchall()
            for name in TABLES
        }


def _fill(lake: Place, folder: Path) -> None:
    ingest([folder / "first.jsonl"], lake, workers=2)
    assemble(lake, settle=True)
    ingest([folder], lake, workers=2)
    assemble(lake, settle=True)


def test_a_lake_in_a_bucket_equals_one_on_a_disk(bucket: Bucket, tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "first.jsonl").write_text(mixed_lines(0, 20))
    (folder / "second.jsonl").write_text(mixed_lines(10, 30) + trace_line(40)[:50] + "\n")
    _fill(tmp_path / "lake", folder)
    remote = place(f"{bucket.url}/deep/a lake")
    _fill(remote, folder)
    local_rows, remote_rows = _rows(tmp_path / "lake"), _rows(remote)
    assert local_rows["spans"] and local_rows["rejects"] and local_rows["log_records"]
    for name, rows in local_rows.items():
        assert remote_rows[name] == rows, name
    assert ingest([folder], remote).batch_id is None
    keys = bucket.keys()
    assert all(key.startswith("deep/a lake/") for key in keys)
    assert not bucket.keys("deep/a lake/_batches/") and not bucket.keys("deep/a lake/_assembly/")
    assert not [key for key in keys if "_probe-" in key]


def test_a_lake_in_a_bucket_is_no_source_of_itself(bucket: Bucket) -> None:
    bucket.put("exports/one.json", trace_line(1))
    lake = f"{bucket.url}/lake"
    assert ingest([bucket.url], lake).files == 1
    assert ingest([bucket.url], lake).skipped == 1


def test_one_ingest_at_a_time(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.json").write_text(trace_line(1))
    lake = place(f"{bucket.url}/lake")
    assert isinstance(lake, StorePlace)
    lease = leases.acquire(lake / "_ingest.lock")
    assert isinstance(lease, leases.Lease)
    with pytest.raises(
        WarehouseError, match=r"Another ingest is writing to s3://.*process \d+ on .*lapses 60"
    ):
        ingest([tmp_path], lake)
    lease.release()
    assert ingest([tmp_path], lake).files == 1
