"""A trace is read from the files that may hold it, and from no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_lake import write_lake
from small_spans import DAY, MIDNIGHT, Row, dated, row_of

from warehouse.lake.snapshot import snapshot
from warehouse.serve import lake_views

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)


def _spans(traces: str, start: int) -> list[Row]:
    """Two spans of each trace; a letter makes a trace id."""
    return [
        row_of(
            "spans",
            event_date=dated(start),
            trace_id=letter * 32,
            span_id=f"{n:016x}",
            start_time_unix_nano=start + n,
        )
        for letter in traces
        for n in (1, 2)
    ]


@pytest.fixture
def located(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """Two files on the first date, one on the second: d is in its range and not in it, e is on both dates."""
    for batch, rows in enumerate(
        (_spans("ab", MIDNIGHT), _spans("ce", MIDNIGHT), _spans("ae", MIDNIGHT + DAY)), start=1
    ):
        write_lake(tmp_path / "lake", {"spans": rows, "ingest_files": []}, batch)
    con = duckdb.connect()
    lake_views.create(con, tmp_path / "lake", snapshot(tmp_path / "lake"))
    return con


def _found(con: duckdb.DuckDBPyConnection, call: str) -> list[tuple[date, str]]:
    return con.sql(f"select event_date, span_id[-1] from {call} order by all").fetchall()


def test_a_trace_of_one_date_and_of_all(located: duckdb.DuckDBPyConnection) -> None:
    trace = "e" * 32
    both = [(FIRST, "1"), (FIRST, "2"), (SECOND, "1"), (SECOND, "2")]
    assert _found(located, f"trace_spans('{trace}')") == both
    assert _found(located, f"trace_spans('{trace}', day := date '2026-11-21')") == both[2:]
    assert _found(located, f"trace_spans('{trace}', day := '2026-11-20')") == both[:2]
    assert located.execute(
        "select count(*) from trace_spans($t, day := $d)", {"t": trace, "d": FIRST}
    ).fetchone() == (2,)


@pytest.mark.parametrize("trace", ["d" * 32, "0" * 32, "f" * 32, "", "it's"])
def test_a_trace_that_is_not_there(located: duckdb.DuckDBPyConnection, trace: str) -> None:
    assert located.execute("from trace_spans($t)", {"t": trace}).fetchall() == []
    assert located.execute("from trace_spans($t, day := '1999-01-01')", {"t": trace}).fetchall() == []


def test_files_that_cannot_hold_it_are_not_opened(located: duckdb.DuckDBPyConnection) -> None:
    others = located.sql(
        "select lake.lake_root() || path from lake.lake_files "
        "where table_name = 'spans' and not (event_date = '2026-11-20' and min_trace_id < 'b')"
    ).fetchall()
    assert len(others) == 2
    for (file,) in others:
        Path(file).write_bytes(b"broken")
    assert len(_found(located, f"trace_spans('{'a' * 32}', day := '2026-11-20')")) == 2
    with pytest.raises(duckdb.Error, match="too small to be a Parquet file"):
        _found(located, f"trace_spans('{'a' * 32}')")


def test_children_have_locators_too_also_when_there_are_none(located: duckdb.DuckDBPyConnection) -> None:
    for table in ("span_events", "span_links"):
        assert located.sql(f"from trace_{table}('{'a' * 32}')").fetchall() == []
        columns = located.sql(f"from lake.{table}").columns
        assert located.sql(f"from trace_{table}('{'a' * 32}')").columns == columns


def test_fingerprints_tell_tables_that_were_made_anew(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        lake = write_lake(tmp_path / name, {"spans": _spans("a", MIDNIGHT), "ingest_files": []})
        (file,) = lake.rglob("event_date=*/*.parquet")
        log = lake / "spans" / "_delta_log" / f"{1:020}.json"
        log.write_text(log.read_text().replace(file.name, "same.parquet"))
        file.rename(file.with_name("same.parquet"))
        with duckdb.connect() as con:
            lake_views.create(con, lake, snapshot(lake))
            found.append(con.sql("select fingerprint, row_count from lake.lake_dates").fetchall())
    assert found[0] != found[1] and found[0][0][1] == found[1][0][1] == 2
