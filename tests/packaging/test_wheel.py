"""The wheel: what it holds, and that it runs the demo without a checkout and without a compiler."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (built,) = out.glob("*.whl")
    return built


def test_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith("otlp_warehouse-") and "-cp311-abi3-" in wheel.name
    tops = {n.split("/")[0] for n in names if ".dist-info/" not in n}
    assert tops == {"warehouse", "jobs", "data_quality", "pyspark_otlp"}
    for needed in (
        "warehouse/_native.abi3.so",
        "warehouse/schemas/promoted.toml",
        "warehouse/_project/dbt/dbt_project.yml",
        "warehouse/_project/dbt/profiles.yml",
        "warehouse/_project/examples/ORIGIN.md",
    ):
        assert needed in names
    assert not [n for n in names if "/target/" in n or "__pycache__" in n]
    assert wheel.stat().st_size < 6_000_000


def test_runs_without_checkout_or_compiler(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, wheel], check=True)
    work = tmp_path / "work"
    work.mkdir()
    plain = {"HOME": str(tmp_path), "PATH": f"{environment / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    command = [str(environment / "bin" / "otlp-warehouse"), "demo", "--json"]
    done = subprocess.run(command, cwd=work, env=plain, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["ingest"]["rows"]["spans"] == 3512
    assert shown["build"]["published"] is True
