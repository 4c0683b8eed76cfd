"""A store that throttles, breaks off, denies or changes costs retries, then a file, and never a batch."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bucket_under_test import Bucket
from faulty_proxy import DENIED, SLOW_DOWN, Fault, Proxy, faulty_proxy
from lake_rows import column, counts
from otlp_lines import SPANS_PER_LINE, trace_line

from warehouse.cli.main import run
from warehouse.errors import COULD_NOT_RUN, WarehouseError
from warehouse.lake.failures import lake_errors
from warehouse.lake.ingest import ingest
from warehouse.lake.tables import LEDGER, open_table
from warehouse.stores import connection, objects
from warehouse.stores.places import place


@pytest.fixture
def proxy(bucket: Bucket, s3_environment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that the client connects to, in front of three good objects; patience is short."""
    for number, name in enumerate(("a", "b", "c")):
        bucket.put(f"in/{name}.json", trace_line(number))
    monkeypatch.setattr(connection, "_RETRIES", 3)
    monkeypatch.setattr(objects, "_ATTEMPTS", 3)
    monkeypatch.setattr(objects, "_FIRST_WAIT_SECONDS", 0.05)
    with faulty_proxy(s3_environment) as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
        yield found


def _rejects(lake: Path) -> list[tuple[str, str, str]]:
    """File name, reason and detail of every reject."""
    found = column(lake, "rejects", "path", "reason", "detail")
    return [(path.rpartition("/")[2], reason, detail) for path, reason, detail in found]


def test_throttled_requests_are_sent_again(bucket: Bucket, proxy: Proxy, tmp_path: Path) -> None:
    proxy.faults = [
        Fault("GET", "a.json", 2, 503, SLOW_DOWN),
        Fault("GET", f"/{bucket.name}", 2, 503, SLOW_DOWN),
    ]
    result = ingest([f"{bucket.url}/in"], tmp_path / "lake")
    assert (result.files, result.rejects, result.rows["spans_landing"]) == (3, 0, 3 * SPANS_PER_LINE)
    assert proxy.seen["GET", "a.json"] >= 3


def test_a_body_cut_half_way_is_fetched_again(bucket: Bucket, proxy: Proxy, tmp_path: Path) -> None:
    proxy.faults = [Fault("GET", "b.json", 2, cut=True)]
    result = ingest([f"{bucket.url}/in"], tmp_path / "lake")
    assert (result.files, result.rejects, result.rows["spans_landing"]) == (3, 0, 3 * SPANS_PER_LINE)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault("GET", "b.json", cut=True), "3 times in a row"),
        (Fault("GET", "b.json", status=503, body=SLOW_DOWN), "SlowDown"),
        (Fault("GET", "b.json", status=403, body=DENIED), "denied: check the credentials and rights"),
    ],
    ids=["cut", "throttled", "denied"],
)
def test_what_cannot_be_had_costs_its_file_alone(
    bucket: Bucket, proxy: Proxy, tmp_path: Path, fault: Fault, why: str
) -> None:
    lake = tmp_path / "lake"
    proxy.faults = [fault]
    result = ingest([f"{bucket.url}/in"], lake)
    assert (result.files, result.rejects, result.rows["spans_landing"]) == (3, 1, 2 * SPANS_PER_LINE)
    ((name, reason, detail),) = _rejects(lake)
    assert (name, reason) == ("b.json", "unreadable") and why in detail and "\n" not in detail
    proxy.faults = []
    again = ingest([f"{bucket.url}/in"], lake)
    assert (again.files, again.skipped, again.rows["spans_landing"]) == (1, 2, SPANS_PER_LINE)
    assert counts(lake)["spans_landing"] == 3 * SPANS_PER_LINE


def test_an_object_written_anew_since_the_listing_is_left_to_the_next_run(
    bucket: Bucket, proxy: Proxy, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    proxy.faults = [Fault("GET", "b.json", 1, before=lambda: bucket.put("in/b.json", trace_line(77)))]
    result = ingest([f"{bucket.url}/in"], lake)
    assert (result.files, result.rejects, result.rows["spans_landing"]) == (2, 0, 2 * SPANS_PER_LINE)
    assert ingest([f"{bucket.url}/in"], lake).rows["spans_landing"] == SPANS_PER_LINE


def test_an_object_written_anew_while_it_is_converted_is_a_reject_until_the_next_run(
    bucket: Bucket, proxy: Proxy, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"

    def rewrite() -> None:
        bucket.put("in/b.json", trace_line(77))

    # The first request reads the head; the second one is that of the worker.
    proxy.faults = [Fault("GET", "b.json", 1, before=lambda: None), Fault("GET", "b.json", 1, before=rewrite)]
    result = ingest([f"{bucket.url}/in"], lake)
    assert (result.files, result.rejects, result.rows["spans_landing"]) == (3, 1, 2 * SPANS_PER_LINE)
    assert "written anew while it was read" in _rejects(lake)[0][2]
    assert ingest([f"{bucket.url}/in"], lake).rows["spans_landing"] == SPANS_PER_LINE


def test_an_object_that_vanished_is_left_out(bucket: Bucket, proxy: Proxy, tmp_path: Path) -> None:
    proxy.faults = [Fault("GET", "b.json", 1, before=lambda: bucket.delete("in/b.json"))]
    result = ingest([f"{bucket.url}/in"], tmp_path / "lake")
    assert (result.files, result.rejects, result.rows["spans_landing"]) == (2, 0, 2 * SPANS_PER_LINE)


def test_rejects_are_said_and_the_command_is_done(
    bucket: Bucket, proxy: Proxy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.faults = [Fault("GET", "b.json", status=403, body=DENIED)]
    assert run(["ingest", f"{bucket.url}/in", "--lake", str(tmp_path / "lake")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Rejected 1 message, unreadable" in said and "b.json" in said


def test_a_listing_that_is_denied_is_one_sentence(bucket: Bucket, proxy: Proxy, tmp_path: Path) -> None:
    proxy.faults = [Fault("GET", f"/{bucket.name}", status=403, body=DENIED)]
    with pytest.raises(WarehouseError, match=r"s3://.* is denied: check the credentials and rights"):
        ingest([f"{bucket.url}/in"], tmp_path / "lake")


def _ingest(source: Path, lake: str) -> subprocess.CompletedProcess[str]:
    # In a process of its own: the Delta library holds the interpreter that the proxy would answer with.
    command = [sys.executable, "-m", "warehouse.cli.main", "ingest", str(source), "--lake", lake, "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_lake_whose_store_fails_now_and_then_is_written_whole(
    bucket: Bucket, proxy: Proxy, tmp_path: Path
) -> None:
    (tmp_path / "one.json").write_text(trace_line(1))
    lake = f"{bucket.url}/lake"
    proxy.faults = [Fault("PUT", ".parquet", status=403, body=DENIED)]
    done = _ingest(tmp_path, lake)
    assert done.returncode == COULD_NOT_RUN and not done.stdout
    assert re.fullmatch(
        r"The lake s3://\S+ cannot be written \(.* is denied.*\): nothing of .*\n", done.stderr
    )
    proxy.faults = [
        Fault("PUT", ".parquet", 2, 503, SLOW_DOWN),
        Fault("PUT", "split-0.json", 1, 503, SLOW_DOWN),
        Fault("GET", ".parquet", 1, cut=True),
    ]
    done = _ingest(tmp_path, lake)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["spans"] == SPANS_PER_LINE
    assert not any(fault.times for fault in proxy.faults)


def test_a_store_that_cannot_be_reached_is_one_sentence(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "_RETRIES", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert run(["status", "--lake", f"{bucket.url}/lake"]) == COULD_NOT_RUN
    told = capsys.readouterr().err
    assert re.fullmatch(rf"{bucket.url} at http://127.0.0.1:9 cannot be reached or refuses \(.*\)\.\n", told)
    lake = place(f"{bucket.url}/lake")
    cause = r"cannot be written \(Kernel error .*: Connection refused \(os error 111\)\): nothing of"
    with pytest.raises(WarehouseError, match=cause), lake_errors(lake, "ingest"):
        open_table(lake, LEDGER)
