"""Maintenance by Spark gives the lake that maintenance by threads gives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lake_content import content
from otlp_lines import mixed_lines
from pyspark.sql import SparkSession

from jobs.maintain_lake import main
from warehouse.lake.ingest import ingest
from warehouse.lake.optimize import optimize
from warehouse.lake.snapshot import snapshot
from warehouse.lake.vacuum import vacuum
from warehouse.traces.assemble import assemble

pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("maintained")
    for n in range(3):
        (folder / f"{n}").write_text(mixed_lines(n * 700, 700))
        ingest([folder / f"{n}"], folder / "lake")
        assemble(folder / "lake", settle=True, unit_rows=300)
    return folder / "lake"


def _files(lake: Path) -> dict[str, list[tuple[str, int]]]:
    """Sizes of the files that readers see, by table."""
    return {
        name: sorted((Path(u).parent.name, Path(u).stat().st_size) for u in table.file_uris())
        for name, table in snapshot(lake).items()
    }


def test_the_job_leaves_what_the_verbs_leave(
    spark: SparkSession, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = (Path(shutil.copytree(made, tmp_path / name)) for name in ("here", "there"))
    before = content(made)
    done = optimize(here)
    assert done.files
    removed = vacuum(here, retention_hours=0)
    assert main(["--lake", str(there), "--retention-hours", "0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["optimize"] | {"seconds": 0} == done.to_json() | {"seconds": 0}
    assert told["vacuum"]["files"] == removed.files
    assert content(there) == content(here) == before
    assert _files(there) == _files(here)


def test_a_dry_run_and_each_half(
    spark: SparkSession, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = shutil.copytree(made, tmp_path / "lake")
    files = _files(lake)
    assert main(["--lake", str(lake), "--dry-run"]) == 0
    assert "Would remove 0 files" in capsys.readouterr().out
    assert _files(lake) == files
    assert main(["--lake", str(lake), "--only", "optimize", "--table", "log_records"]) == 0
    assert "log_records" in capsys.readouterr().out
    assert {name for name, found in _files(lake).items() if found != files[name]} == {"log_records"}
    assert main(["--lake", str(tmp_path / "nowhere")]) == 3
    assert "There is no lake" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--retention-hours", "-1"])
