"""Models, checks and publishing as steps of their own give what `build` gives, in any order of runs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from small_lake import write_lake
from star_content import content
from star_under_test import Star

from warehouse.errors import CHECK_FAILED, COULD_NOT_RUN, WarehouseError
from warehouse.serve.build import build_models, check_candidate, publish
from warehouse.serve.candidate import claimed


def test_steps_of_two_runs_give_what_build_gives(star: Star, tmp_path: Path) -> None:
    served = tmp_path / "warehouse.duckdb"
    result = build_models(star.lake, served)
    assert (result.dates, result.models) == (star.result.dates, star.result.models)
    assert (result.as_json()["checks"], result.published) == (None, False)
    with pytest.raises(WarehouseError, match=r"has not passed its checks: run .*check --candidate") as raised:
        publish(served)
    assert raised.value.exit_code == CHECK_FAILED
    assert not served.exists()

    with claimed(served) as candidate, duckdb.connect(str(candidate.file)) as con:
        con.execute("delete from intermediate.redone_dates where event_date <> '2026-11-21'")
    # Two runs built one after the other; each goes on with what is there now.
    for every_date, dates, looked_at in ((False, 1, "2026-11-21"), (True, None, None)):
        checks = check_candidate(served, every_date=every_date)
        assert (checks.critical, checks.dates) == ((), dates)
        with claimed(served) as candidate, duckdb.connect(str(candidate.file)) as con:
            found = con.sql("select event_dates from fct_quality_results where table_name = 'fct_spans'")
            assert set(found.fetchall()) == {(looked_at,)}
    assert (checks.passed, checks.failed) == (star.result.checks.passed, star.result.checks.failed)
    assert [publish(served) for _ in range(2)] == [True, False]
    assert content(served) == content(star.warehouse)
    before = served.read_bytes()
    assert check_candidate(served).critical == ()
    assert served.read_bytes() == before


def test_what_failed_a_critical_check_is_not_published(star: Star, tmp_path: Path) -> None:
    wrong = [star.rows["ingest_files"][0] | {"spans": 7}]
    lake = write_lake(tmp_path / "lake", star.rows | {"ingest_files": wrong})
    served = tmp_path / "warehouse.duckdb"
    served.write_bytes(b"served, DUCK")
    build_models(lake, served)
    assert "ledger_spans_accounted" in check_candidate(served).critical[0]
    with pytest.raises(WarehouseError, match="has not passed its checks"):
        publish(served)
    assert served.read_bytes() == b"served, DUCK"


@pytest.mark.parametrize(("is_begun", "said"), [(True, "did not end"), (False, "No build of .* waits")])
def test_without_a_build_that_ended_nothing_is_checked_or_published(
    tmp_path: Path, is_begun: bool, said: str
) -> None:
    served = tmp_path / "warehouse.duckdb"
    if is_begun:
        with claimed(served) as candidate:
            candidate.begin(full_refresh=False)
            candidate.file.write_bytes(b"half of it")
    for step in (check_candidate, publish):
        with pytest.raises(
            WarehouseError, match=f"{said}.*: run `otlp-warehouse build --models-only`"
        ) as raised:
            step(served)
        assert raised.value.exit_code == COULD_NOT_RUN
    assert not served.exists()


def test_a_crash_between_moving_and_noting_is_seen(tmp_path: Path) -> None:
    served = tmp_path / "warehouse.duckdb"
    with claimed(served) as candidate:
        candidate.file.write_bytes(b"a build DUCK")
        candidate.reached(candidate.stage.CHECKED)
        candidate.file.replace(served)
    assert publish(served) is False
    served.unlink()
    with pytest.raises(WarehouseError, match="No build of"):
        publish(served)
