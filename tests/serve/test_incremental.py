"""A build redoes the dates whose files changed and no others, and equals one that starts from nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from late_batch import LATE_DATES, SEED, late_batch, moved
from small_lake import small_rows, write_lake
from small_spans import MIDNIGHT, dated
from star_content import content, redone

from warehouse.lake.snapshot import snapshot
from warehouse.serve import dbt_run, lake_views
from warehouse.serve.dbt_run import run_models
from warehouse.serve.project import project_dir
from warehouse.traces.assemble import assemble

pytestmark = pytest.mark.slow


def _run(lake: Path, file: Path) -> Path:
    """What a build does before the gate: assemble, and models of the lake's newest state into the file."""
    assemble(lake, settle=True)
    return _models(lake, file)


def _models(lake: Path, file: Path) -> Path:
    with duckdb.connect(str(file)) as con:
        lake_views.create(con, lake, snapshot(lake))
    run_models(file, file.parent)
    return file


def _from_nothing(lake: Path, folder: Path) -> Path:
    folder.mkdir()
    return _run(lake, folder / "full.duckdb")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A lake of two batches, the second late and reordered, and a file that was built after each."""
    root = tmp_path_factory.mktemp("grown")
    rows = small_rows()
    lake = write_lake(root / "lake", rows)
    file = _run(lake, root / "star.duckdb")
    assert redone(file)["cube_span_latency"] == ["1970-01-01", "2026-11-20", "2026-11-21"]
    assert redone(_run(lake, file)) == {}, "nothing changed"
    write_lake(lake, late_batch(rows), batch=2)
    return lake, _run(lake, file)


def test_only_changed_dates_are_redone(grown: tuple[Path, Path]) -> None:
    print(f"seed {SEED}")
    dates = redone(grown[1])
    assert dates["cube_span_latency"] == LATE_DATES
    assert dates["int_stream_days"] == ["2026-11-10", "2026-11-21"]


def test_an_incremental_build_equals_a_full_one(grown: tuple[Path, Path], tmp_path: Path) -> None:
    lake, file = grown
    full = content(_from_nothing(lake, tmp_path / "full"))
    assert content(file) == full
    assert len(full) > 30 and full["cube_span_latency"][0] > 1000


def test_unchanged_dates_are_not_even_read(grown: tuple[Path, Path], tmp_path: Path) -> None:
    """One date has new rows, and one has none any more."""
    lake, file = shutil.copytree(grown[0], tmp_path / "lake"), tmp_path / "star.duckdb"
    shutil.copy(grown[1], file)
    DeltaTable(lake / "spans").delete("event_date = '2026-11-10'")
    rows = small_rows()["spans_landing"]
    changed = [moved(r, 2) for r in rows if r["event_date"] == dated(MIDNIGHT)]
    write_lake(lake, {"spans_landing": changed, "ingest_files": []}, batch=3)
    assemble(lake, settle=True)
    for unchanged in (lake / "spans" / "event_date=2026-11-20").iterdir():
        unchanged.write_bytes(b"not Parquet any more")
    _models(lake, file)
    assert redone(file)["cube_span_latency"] == ["2026-11-10", "2026-11-22"]
    with duckdb.connect(str(file)) as con:
        assert con.sql(
            "select count(*) from cube_span_latency where event_date = '2026-11-10'"
        ).fetchone() == (0,)
    with duckdb.connect(str(file)) as con, pytest.raises(duckdb.Error, match="No magic bytes"):
        con.sql("select sum(duration_nano) from lake.spans").fetchall()


def test_a_changed_model_is_built_anew_with_what_reads_it(
    grown: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view below the cubes changes: every date of the cubes is redone, and nothing else is."""
    file = shutil.copy(grown[1], tmp_path / "star.duckdb")
    project = shutil.copytree(project_dir(), tmp_path / "dbt")
    view = project / "models" / "intermediate" / "int_spans_bucketed.sql"
    view.write_text(view.read_text().replace("greatest(duration_nano, 0)", "greatest(duration_nano, 1)"))
    monkeypatch.setattr(dbt_run, "project_dir", lambda: project)
    dates = redone(_run(grown[0], Path(file)))
    cubes = {name for name in dates if name.startswith(("cube_", "daily_"))}
    assert set(dates) == cubes and len(cubes) == 6
    assert len(dates["cube_span_latency"]) == 6
