"""From exports in a bucket over a lake in a bucket to a served file, on a real S3 server where Go is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bucket_under_test import Bucket
from gateway import gateway, gateway_program
from loopback import free_port, wait_for

from warehouse.cli.main import run

CAPTURES = Path(__file__).parents[1] / "data" / "captures" / "by_service"


@pytest.fixture
def served_bucket(
    s3_environment: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bucket]:
    """A bucket on versitygw; on moto where there is no Go."""
    program = gateway_program()
    if program is None:
        yield Bucket.create(s3_environment, "whole-way")
        return
    port = free_port()
    with gateway(program, tmp_path_factory.mktemp("gateway"), port) as process:
        wait_for(f"http://127.0.0.1:{port}", process)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        yield Bucket.create(f"http://127.0.0.1:{port}", "whole-way")


@pytest.mark.slow
def test_the_whole_way_through_a_store(
    served_bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> dict[str, object] | list[dict[str, object]]:
        assert run(arguments) == 0, capsys.readouterr().err
        found: dict[str, object] | list[dict[str, object]] = json.loads(capsys.readouterr().out)
        return found

    lake, local, file = f"{served_bucket.url}/lake", str(tmp_path / "lake"), tmp_path / "warehouse.duckdb"
    served_bucket.upload(CAPTURES, "exports")
    read = told("ingest", f"{served_bucket.url}/exports", "--lake", lake, "--json")
    same = told("ingest", str(CAPTURES), "--lake", local, "--json")
    assert isinstance(read, dict) and isinstance(same, dict) and read["rows"] == same["rows"]
    assert told("build", "--lake", lake, "--warehouse", str(file), "--json")
    (row,) = told("sql", "select count(*) as spans from fct_spans", "--warehouse", str(file), "--json")
    assert isinstance(read["rows"], dict) and row == {"spans": read["rows"]["spans"]}
    assert b"secret" not in file.read_bytes()
    status = told("status", "--lake", lake, "--warehouse", str(file), "--json")
    assert isinstance(status, dict) and status["served"]["is_current"]  # type: ignore[index]
    ids = told("sql", "select trace_id from fct_traces limit 1", "--warehouse", str(file), "--json")
    trace = told("trace", ids[0]["trace_id"], "--lake", lake, "--json")  # type: ignore[index,arg-type]
    assert isinstance(trace, dict) and trace["spans"]
    for source, out in ((lake, "out"), (local, "same")):
        told("export", "--lake", source, "--out", str(tmp_path / out), "--json")
    again = tmp_path / "again"
    exported = told("ingest", str(tmp_path / "out"), "--lake", str(again), "--json")
    assert isinstance(exported, dict) and exported["rows"] == read["rows"]
    assert told("optimize", "--lake", lake, "--json")
    assert told("vacuum", "--lake", lake, "--json")
