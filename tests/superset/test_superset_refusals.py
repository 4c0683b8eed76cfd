"""What `make superset` says when it cannot serve."""

from __future__ import annotations

import socket
from pathlib import Path

import duckdb
import pytest

from dashboards.superset.serve import main


def _refusal(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(options) == 3
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    return told


def test_no_published_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = _refusal(capsys, "--warehouse", str(tmp_path / "none.duckdb"), "--home", str(tmp_path / "home"))
    assert "run `otlp-warehouse build` first" in told
    assert not (tmp_path / "home").exists()


def test_a_file_of_a_newer_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    served = tmp_path / "newer.duckdb"
    duckdb.connect(str(served)).close()
    content = bytearray(served.read_bytes())
    content[12] = 200  # the storage version, behind checksum and magic bytes
    served.write_bytes(content)
    assert "cannot be opened" in _refusal(capsys, "--warehouse", str(served), "--home", str(tmp_path))


def test_a_taken_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    served = tmp_path / "served.duckdb"
    duckdb.connect(str(served)).close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = _refusal(capsys, "--warehouse", str(served), "--home", str(tmp_path / "home"), "--port", port)
    assert told == f"Port {port} is taken: choose another with --port."


def test_superset_is_not_installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    served = tmp_path / "served.duckdb"
    duckdb.connect(str(served)).close()
    told = _refusal(
        capsys,
        *("--warehouse", str(served), "--home", str(tmp_path / "home"), "--programs", str(tmp_path)),
        *("--port", "0"),
    )
    assert "make superset" in told
