"""A lake in a bucket holds what a lake on a disk holds, and every verb reads it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import obstore
import pytest
from bucket_under_test import Bucket
from killing import killed_at_commit
from lake_contents import all_rows, fill, write_sources
from otlp_lines import mixed_lines, trace_line

from warehouse.cli.main import run
from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import damaged_files, open_table
from warehouse.stores import leases
from warehouse.stores.file_system import StoreFiles
from warehouse.stores.places import Place, StorePlace, place
from warehouse.traces.assemble import assemble


def test_a_lake_in_a_bucket_equals_one_on_a_disk(bucket: Bucket, tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    write_sources(folder)
    fill(tmp_path / "lake", folder)
    remote = place(f"{bucket.url}/deep/a lake")
    fill(remote, folder)
    local_rows, remote_rows = all_rows(tmp_path / "lake"), all_rows(remote)
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


def test_one_ingest_at_a_time(bucket: Bucket, tmp_path: Path) -> None:
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


KILL_INGEST = killed_at_commit(
    "warehouse.lake.batch_run",
    "from warehouse.lake.ingest import ingest\ningest([sys.argv[1]], sys.argv[2], workers=2)",
)
KILL_ASSEMBLY = killed_at_commit(
    "warehouse.lake.assembly_commit",
    "from warehouse.traces.assemble import assemble\nassemble(sys.argv[2], settle=True)",
)


def _killed(program: str, source: Path, lake: Place, table: str, when: str) -> None:
    done = subprocess.run([sys.executable, "-c", program, str(source), str(lake), table, when], check=False)
    assert done.returncode == -signal.SIGKILL


def test_runs_killed_between_their_commits_leave_the_same_lake(bucket: Bucket, tmp_path: Path) -> None:
    source, whole = tmp_path / "source.jsonl", tmp_path / "whole"
    source.write_text(mixed_lines(0, 20))
    lake = place(f"{bucket.url}/lake")
    ingest([source], whole)
    _killed(KILL_INGEST, source, lake, "log_records", "after")
    # The dead run's lock is taken over at once: its process was one of this machine.
    assert not any(table.count() for table in snapshot(lake).values())
    assert ingest([source], lake).batch_id == 1
    assert all_rows(lake) == all_rows(whole)
    assemble(whole, settle=True)
    _killed(KILL_ASSEMBLY, source, lake, "traces", "before")
    assemble(lake, settle=True)
    assert all_rows(lake) == all_rows(whole)


def test_a_lock_of_another_machine_lapses(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.json").write_text(trace_line(1))
    lake = place(f"{bucket.url}/lake")
    holder = {
        "id": "1",
        "host": "elsewhere",
        "process": 1,
        "started": "1",
        "machine": "another",
        "renewals": 3,
    }
    bucket.put("lake/_ingest.lock", json.dumps(holder))
    with pytest.raises(WarehouseError, match="process 1 on elsewhere"):
        ingest([tmp_path], lake)
    monkeypatch.setattr(leases, "LEASE_SECONDS", 1)
    time.sleep(2.1)  # the store tells times in seconds
    assert ingest([tmp_path], lake).files == 1


def test_a_lock_that_went_to_another_run_stops_the_commit(bucket: Bucket) -> None:
    lake = place(f"{bucket.url}/lake")
    assert isinstance(lake, StorePlace)
    lease = leases.acquire(lake / "_ingest.lock")
    assert isinstance(lease, leases.Lease)
    lease.check()
    bucket.put("lake/_ingest.lock", json.dumps({"id": "2", "host": "elsewhere", "process": 2}))
    with pytest.raises(WarehouseError, match="went to another run"):
        lease.check()
    lease.release()
    assert json.loads(bucket.get("lake/_ingest.lock"))["host"] == "elsewhere"


def test_doctor_tells_of_the_store_and_prints_no_credential(
    bucket: Bucket, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> tuple[dict[str, dict[str, str]], str]:
        run(["doctor", "--json", "--lake", f"{bucket.url}/lake"])
        told = capsys.readouterr().out
        return {f["subject"]: f for f in json.loads(told)}, told

    findings, told = found()
    assert findings["store"]["detail"].startswith(f"{bucket.url} at http://127.0.0.1:")
    assert findings["credentials"]["detail"] == "found: AWS_ACCESS_KEY_ID"
    assert (findings["bucket"]["state"], findings["conditional writes"]["state"]) == ("ok", "ok")
    assert "tester" not in told and 'secret"' not in told
    assert not bucket.keys()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "absent")
    assert "holds no access key of its own" in found()[0]["store"]["detail"]


def test_doctor_lists_a_table_instead_of_asking_for_each_file(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = place(f"{bucket.url}/lake")
    for number in range(3):
        (tmp_path / "one.json").write_text(trace_line(number))
        ingest([tmp_path / "one.json"], lake)
    table = open_table(lake, "spans_landing")
    asked: Counter[str] = Counter()
    for name in ("head", "get", "list"):
        monkeypatch.setattr(obstore, name, _counted(getattr(obstore, name), asked))
    assert damaged_files(lake, "spans_landing", table) == []
    assert asked == {"list": 1}
    gone, cut, _ = bucket.keys("lake/spans_landing/event_date")
    bucket.delete(gone)
    bucket.put(cut, "PAR1")
    damaged = damaged_files(lake, "spans_landing", table)
    assert [f"lake/spans_landing/{path}" for path in damaged] == [gone, cut]


def _counted(ask: Callable[..., Any], asked: Counter[str]) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        asked[ask.__name__] += 1
        return ask(*arguments, **named)

    return counted


def test_a_damaged_log_in_a_bucket_is_told_as_one_on_a_disk(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(trace_line(1))
    lake = place(f"{bucket.url}/lake")
    ingest([tmp_path / "one.json"], lake)
    bucket.put(f"lake/spans_landing/_delta_log/{1:020}.json", "{")
    (tmp_path / "one.json").write_text(trace_line(2))
    for read in (lambda: snapshot(lake), lambda: ingest([tmp_path], lake)):
        with pytest.raises(
            WarehouseError, match=r"log of table spans_landing .* restore s3://.* from a copy"
        ):
            read()


def test_keys_come_from_a_profile(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[work]\naws_access_key_id = tester\naws_secret_access_key = secret\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "work")
    url = bucket.put("one.json", trace_line(1))
    lake = place(f"{bucket.url}/lake")
    assert ingest([url], lake).files == 1
    assert len(all_rows(lake)["spans_landing"]) > 0


def test_duckdb_reads_any_store_through_the_connection_of_ingest(bucket: Bucket, tmp_path: Path) -> None:
    duckdb.sql("select range as n from range(200000)").write_parquet(str(tmp_path / "n.parquet"))
    url = bucket.put("a b/n.parquet", (tmp_path / "n.parquet").read_bytes())
    with duckdb.connect() as con:
        con.register_filesystem(StoreFiles("s3"))
        assert con.execute("select sum(n) from read_parquet([$1])", [url]).fetchall() == [(19999900000,)]
