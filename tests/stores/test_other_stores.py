"""Stores of Azure and Google hold sources and lakes like a disk does, each by its own protocol.

Azurite speaks that of Azure, a gateway to the S3 server that of Google.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from azurite import azurite, azurite_program, make_container, settings_for
from bucket_under_test import Bucket
from google_gateway import google_gateway
from lake_contents import all_rows, fill, write_sources
from lake_rows import column
from otlp_lines import SPANS_PER_LINE, mixed_lines, trace_line

from warehouse.lake.ingest import ingest
from warehouse.stores import leases
from warehouse.stores.places import StorePlace, place

_numbers = itertools.count(1)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def azure_server() -> Iterator[str]:
    program = azurite_program()
    if program is None:
        pytest.skip("azurite needs npm")
    with azurite(program) as url:
        yield url


@pytest.fixture(scope="module")
def google_server(s3_server: str) -> Iterator[str]:
    with google_gateway(s3_server) as url:
        yield url


@pytest.fixture(params=["azure", "google"])
def container(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> StorePlace:
    """A container or bucket of its own for every test, and the environment that opens it."""
    server, name = request.getfixturevalue(f"{request.param}_server"), f"container-{next(_numbers)}"
    if request.param == "azure":
        for variable in [n for n in os.environ if n.startswith("AZURE_")]:
            monkeypatch.delenv(variable)
        for variable, value in settings_for(server).items():
            monkeypatch.setenv(variable, value)
        found = place(make_container(server, name))
    else:
        Bucket.create(request.getfixturevalue("s3_server"), name)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server)
        found = place(f"gs://{name}")
    assert isinstance(found, StorePlace)
    return found


def test_objects_are_found_read_and_told_by_their_etag(container: StorePlace, tmp_path: Path) -> None:
    lake, odd = tmp_path / "lake", ("a b.json", "ü/ñ.json", "pct%20lit", "hash#x", "deep/er/plus+x")
    for number, key in enumerate(odd):
        (container / "in" / key).write_bytes(trace_line(number).encode())
    assert ingest([f"{container}/in"], lake).rows["spans_landing"] == len(odd) * SPANS_PER_LINE
    assert column(lake, "ingest_files", "path") == sorted(f"{container}/in/{key}" for key in odd)
    assert ingest([f"{container}/in/deep/**/plus*"], tmp_path / "other").files == 1
    assert ingest([f"{container}/in"], lake).batch_id is None
    (container / "in/hash#x").write_bytes(trace_line(77).encode())
    assert ingest([f"{container}/in"], lake).rows["spans_landing"] == SPANS_PER_LINE


def test_a_lake_in_the_store_equals_one_on_a_disk(container: StorePlace, tmp_path: Path) -> None:
    folder, remote = tmp_path / "sources", container / "deep/a lake"
    write_sources(folder)
    fill(tmp_path / "lake", folder)
    fill(remote, folder)
    local_rows, remote_rows = all_rows(tmp_path / "lake"), all_rows(remote)
    assert local_rows["spans"] and local_rows["rejects"] and local_rows["log_records"]
    for name, rows in local_rows.items():
        assert remote_rows[name] == rows, name
    lease = leases.acquire(remote / "_ingest.lock")
    assert isinstance(lease, leases.Lease), "conditional writes"
    assert not isinstance(leases.acquire(remote / "_ingest.lock"), leases.Lease)
    lease.release()


def test_a_large_object_is_read_by_ranges(container: StorePlace, tmp_path: Path) -> None:
    data = mixed_lines(0, 3_000, padding=3_000).encode()
    (container / "large.json").write_bytes(data)
    done = ingest([str(container / "large.json")], tmp_path / "lake", workers=2, split_bytes=4 << 20)
    assert (done.bytes, done.rows["spans_landing"], done.rejects) == (len(data), 3_000, 0)
