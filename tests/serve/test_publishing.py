"""Write, audit, publish: a build replaces the served file whole, or leaves it as it was."""

from __future__ import annotations

import fcntl
import json
import resource
import shutil
from pathlib import Path
from typing import NoReturn

import duckdb
import pytest
from small_lake import write_lake
from star_under_test import Star

from warehouse.errors import CHECK_FAILED, COULD_NOT_RUN, USAGE, WarehouseError
from warehouse.lake.served_files import served_files
from warehouse.lake.snapshot import snapshot
from warehouse.lake.tables import open_table
from warehouse.serve import build as build_module
from warehouse.serve import dbt_run
from warehouse.serve import made_from as made_from_module
from warehouse.serve.build import build, publish
from warehouse.serve.candidate import Candidate, Stage, claimed
from warehouse.serve.gate import check
from warehouse.serve.made_from import made_from
from warehouse.serve.project import project_dir
from warehouse.serve.served_file import STORAGE
from warehouse.traces.assemble import assemble


def test_the_result_says_what_was_built(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    result = json.loads(json.dumps(star.result.as_json()))
    assert result["published"] is True
    assert result["dates"] == con.sql("select count(*) from dim_date").fetchone()[0] == 3
    assert result["models"] == len(list((project_dir() / "models").rglob("*.sql")))
    counted = dict(con.sql("select is_passed, count(*) from fct_quality_results group by all").fetchall())
    assert result["checks"] == {"passed": counted[True], "failed": counted[False]}
    assert counted[True] > 70


def test_only_the_served_file_and_the_build_folder_remain(star: Star) -> None:
    beside = sorted(p.name for p in star.warehouse.parent.iterdir())
    assert beside == [".warehouse.duckdb.build", "lake", "warehouse.duckdb"]
    assert not list(project_dir().glob("target")) + list(project_dir().glob("logs"))


def test_a_build_of_an_unchanged_lake_does_nothing(star: Star) -> None:
    before = star.warehouse.stat()
    again = build(star.lake, star.warehouse)
    assert (again.models, again.checks, again.published) == (0, star.result.checks, True)
    assert again.dates == star.result.dates
    assert star.warehouse.stat().st_mtime_ns == before.st_mtime_ns


def test_late_spans_wait_unless_a_build_settles_them(
    star: Star, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both builds are stopped when their assembly is done."""

    def stopped(lake: Path) -> NoReturn:
        raise InterruptedError

    lake = shutil.copytree(star.lake, tmp_path / "lake")
    late = next(row for row in star.rows["spans_landing"] if str(row["event_date"]) == "2026-11-21")
    write_lake(lake, {"spans_landing": [late | {"trace_id": "e" * 32}], "ingest_files": []}, batch=2)
    monkeypatch.setattr(build_module, "snapshot", stopped)
    waiting = []
    for settle in (False, True):
        with pytest.raises(InterruptedError):
            build(lake, tmp_path / "warehouse.duckdb", settle=settle)
        waiting.append(assemble(lake).waiting)
    assert waiting == [1, 0]


def test_a_served_file_that_was_touched_or_replaced_is_not_known(star: Star, tmp_path: Path) -> None:
    served, copy = tmp_path / "warehouse.duckdb", tmp_path / "copy"
    candidate, *_ = _candidate(star, served, 1)
    assert candidate.known_of_served() == {}
    with claimed(served):
        candidate.publish(source="what it was made from")
    assert candidate.known_of_served()["source"] == "what it was made from"
    shutil.copy2(served, copy)
    served.touch()
    assert candidate.known_of_served() == {}
    copy.replace(served)
    assert candidate.known_of_served() == {}
    served.unlink()
    assert candidate.known_of_served() == {}


def test_what_a_build_is_made_from(star: Star, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever changes what a build would make or check is told from what was there before."""
    tables = snapshot(star.lake)
    moved = shutil.copytree(star.lake, tmp_path / "lake")
    twin = write_lake(tmp_path / "twin", star.rows)
    older = tables | {"spans": open_table(star.lake, "spans", 0)}
    found = [made_from(*source) for source in ((star.lake, tables), (moved, tables), (star.lake, older))]
    found.append(made_from(star.lake, snapshot(twin)))
    assert made_from(star.lake, snapshot(star.lake)) == found[0]
    monkeypatch.setattr(made_from_module, "declared", lambda: ("an attribute",))
    found.append(made_from(star.lake, tables))
    project = shutil.copytree(project_dir(), tmp_path / "dbt")
    monkeypatch.setattr(made_from_module, "project_dir", lambda: project)
    for file in ("models/marts/core/dim_date.sql", "MARTS.md"):
        (project / file).write_text((project / file).read_text() + "\n")
        found.append(made_from(star.lake, tables))
    own = tmp_path / "thresholds.toml"
    monkeypatch.setenv("OTLP_WAREHOUSE_THRESHOLDS", str(own))
    for shares in ("", "[duplicates]\ncritical = 0.5\n"):
        own.write_text(shares)
        found.append(made_from(star.lake, tables))
    assert len(set(found)) == len(found) == 9


def test_the_lake_knows_what_reads_it(star: Star) -> None:
    """Or vacuum would remove what it reads."""
    assert star.warehouse in served_files(star.lake)


def test_a_build_begins_without_leftovers_of_a_killed_one(tmp_path: Path) -> None:
    """A log of changes that was left would be applied to another file."""
    with claimed(tmp_path / "warehouse.duckdb") as candidate:
        for leftover in ("", ".wal", ".packed", ".packed.wal"):
            candidate.file.with_name(candidate.file.name + leftover).write_bytes(b"left")
        candidate.begin(full_refresh=False)
        assert sorted(p.name for p in candidate.folder.iterdir()) == ["lock", "stage.json"]


def test_check_audits_the_served_file_without_changing_it(star: Star) -> None:
    before = star.warehouse.read_bytes()
    with duckdb.connect(str(star.warehouse), read_only=True):
        checks = check(star.warehouse)
    assert (checks.passed, checks.failed) == (star.result.checks.passed, star.result.checks.failed)
    assert star.warehouse.read_bytes() == before


def test_a_missing_lake_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"There is no lake at .*: run `otlp-warehouse ingest") as raised:
        build(tmp_path / "nowhere", tmp_path / "warehouse.duckdb")
    assert raised.value.exit_code == COULD_NOT_RUN
    assert list(tmp_path.iterdir()) == []


def test_a_missing_warehouse_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="run `otlp-warehouse build` first"):
        check(tmp_path / "warehouse.duckdb")


def test_a_second_build_is_refused(star: Star, tmp_path: Path) -> None:
    folder = tmp_path / ".warehouse.duckdb.build"
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WarehouseError, match=r"Another build of .* is running") as raised:
            build(star.lake, tmp_path / "warehouse.duckdb")
    assert raised.value.exit_code == COULD_NOT_RUN


def test_what_no_build_made_is_never_replaced(star: Star, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine\n")
    (tmp_path / "folder").mkdir()
    with duckdb.connect(str(tmp_path / "own.duckdb")) as con:
        con.execute("create table mine as select 1 as a")
    for name in ("notes", "folder", "own.duckdb"):
        with pytest.raises(WarehouseError, match=f"{name} is there and no build made it") as raised:
            build(star.lake, tmp_path / name)
        assert raised.value.exit_code == USAGE
        assert not (tmp_path / f".{name}.build").exists()
    (tmp_path / "empty").touch()
    duckdb.connect(str(tmp_path / "new.duckdb")).close()
    served = tmp_path / "damaged.duckdb"
    served.write_bytes(star.warehouse.read_bytes()[:100_000])
    for name in ("empty", "new.duckdb", "damaged.duckdb"):
        with claimed(tmp_path / name):
            pass
    with claimed(star.warehouse):
        pass


def test_a_file_in_place_of_the_folder_is_one_sentence(star: Star, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WarehouseError, match=r"cannot be written \(Not a directory\)"):
        build(star.lake, tmp_path / "file" / "warehouse.duckdb")


def test_progress_counts_every_model(star: Star) -> None:
    assert [done for _, done, _ in star.steps] == list(range(1, star.result.models + 1))
    assert {total for _, _, total in star.steps} == {star.result.models}


def test_readers_of_the_old_file_are_undisturbed(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    tables, _ = star.old_reader.communicate("tables?\n")
    assert tables == "[('old',)]\n"
    assert con.sql("select count(*) from duckdb_tables() where table_name = 'old'").fetchone() == (0,)


def test_a_failed_check_leaves_the_served_file_as_it_was(star: Star, tmp_path: Path) -> None:
    wrong = [star.rows["ingest_files"][0] | {"spans": 7}]
    lake = write_lake(tmp_path / "lake", star.rows | {"ingest_files": wrong})
    served = tmp_path / "warehouse.duckdb"
    served.write_bytes(b"served, DUCK")
    with pytest.raises(WarehouseError, match="ledger_spans_accounted: not true that spans found") as raised:
        build(lake, served)
    assert raised.value.exit_code == CHECK_FAILED
    assert served.read_bytes() == b"served, DUCK"


def test_a_failing_model_is_named_and_nothing_is_published(
    star: Star, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project of this build lacks a macro that one of its models calls."""
    broken = tmp_path / "dbt"
    shutil.copytree(project_dir(), broken)
    for file in broken.rglob("*.sql"):
        file.write_text(file.read_text().replace("dayname(", "no_such_function("))
    monkeypatch.setattr(dbt_run, "project_dir", lambda: broken)
    with pytest.raises(WarehouseError, match=r"nothing was published: .*dim_date.*no_such_function"):
        build(star.lake, tmp_path / "warehouse.duckdb")
    assert not (tmp_path / "warehouse.duckdb").exists()


def _held(file: Path) -> list[list[tuple[object, ...]]]:
    """All that a file declares, and the rows of its tables in their order."""
    declared = (
        "schema_name, table_name, sql, comment from duckdb_tables()",
        "schema_name, view_name, sql, comment from duckdb_views()",
        "schema_name, table_name, column_name, data_type, comment from duckdb_columns()",
        "schema_name, function_name, parameters, macro_definition from duckdb_functions()",
    )
    with duckdb.connect(str(file), read_only=True) as con:
        found = [con.sql(f"select {each} where not internal order by all").fetchall() for each in declared]
        rows = [con.sql(f'from "{schema}"."{name}"').fetchall() for schema, name, *_ in found[0]]
    return found + rows


def _free_blocks(file: Path) -> int:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.sql("select free_blocks from pragma_database_size()").fetchall()[0][0]


def _storage(file: Path) -> str:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.sql(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()[0][0]


def _candidate(
    star: Star, served: Path, rows_freed: int
) -> tuple[Candidate, int, list[list[tuple[object, ...]]]]:
    """A checked candidate in which a table was replaced, its free blocks, and what it holds."""
    with claimed(served) as candidate:
        shutil.copy(star.warehouse, candidate.file)
        with duckdb.connect(str(candidate.file)) as con:
            con.execute(f"create table replaced as select hash(range) from range({rows_freed})")
        with duckdb.connect(str(candidate.file)) as con:
            con.execute("drop table replaced")
        candidate.reached(Stage.CHECKED)
    return candidate, _free_blocks(candidate.file), _held(candidate.file)


@pytest.mark.parametrize("is_sparse", [True, False])
def test_what_is_published_has_few_free_blocks(star: Star, tmp_path: Path, is_sparse: bool) -> None:
    served = tmp_path / "warehouse.duckdb"
    candidate, freed, expected = _candidate(star, served, 1_500_000 if is_sparse else 1)
    assert publish(served)
    assert _held(served) == expected
    assert _free_blocks(served) == (0 if is_sparse else freed)
    assert [p.name for p in candidate.folder.iterdir() if "packed" in p.name] == []


def test_files_that_are_built_and_packed_have_one_storage(star: Star, tmp_path: Path) -> None:
    served = tmp_path / "warehouse.duckdb"
    with claimed(served) as candidate:
        with duckdb.connect(str(candidate.file), config={"storage_compatibility_version": "v1.0.0"}) as con:
            con.execute("create schema lake; create macro lake.lake_root() as '/lake'")
            con.execute("create table lake.replaced as select hash(range) from range(1500000)")
        with duckdb.connect(str(candidate.file)) as con:
            con.execute("drop table lake.replaced")
        assert _storage(candidate.file) != _storage(star.warehouse)
        candidate.reached(Stage.CHECKED)
    assert publish(served)
    assert _storage(served) == _storage(star.warehouse) == f"{STORAGE}+"


def test_without_room_for_a_copy_the_larger_file_is_published(star: Star, tmp_path: Path) -> None:
    served = tmp_path / "warehouse.duckdb"
    candidate, freed, expected = _candidate(star, served, 1_500_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        assert publish(served)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (_held(served), _free_blocks(served)) == (expected, freed)
    assert [p.name for p in candidate.folder.iterdir() if "packed" in p.name] == []
