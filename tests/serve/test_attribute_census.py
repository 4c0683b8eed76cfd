"""dim_attribute_key against a count of the rows in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pytest
from small_spans import Row
from star_under_test import Star
from test_star_facts import assembled

from warehouse.schemas.promoted import Promoted, promoted_in
from warehouse.serve.project import project_dir

OUT_OF_RANGE = date(1970, 1, 1)
_TYPES = {"s": "string", "i": "int"}
_PLACES = {
    "span": "spans",
    "span_event": "span_events",
    "span_link": "span_links",
    "log_record": "log_records",
    "exemplar": "exemplars",
    "resource": "resources",
}


def _values(row: Row, table: str) -> list[tuple[str, str, str]]:
    """Key, type and text of every attribute of a row."""
    prefix = "filtered_" if table == "exemplars" else ""
    pairs, letters = row[f"{prefix}attributes"], row[f"{prefix}attribute_types"]
    in_map = [(key, _TYPES[letter], text) for (key, text), letter in zip(pairs, letters, strict=True)]
    columns: list[Promoted] = [p for p in promoted_in(table) if row[p.column.name] is not None]
    return in_map + [(p.key, p.type, str(row[p.column.name])) for p in columns]


def test_every_key_is_counted_where_it_is(star: Star, con: duckdb.DuckDBPyConnection) -> None:
    spans = assembled(star.rows["spans_landing"])
    winners = {r["content_key"] for r in spans}
    rows = star.rows | {
        "spans": spans,
        "span_events": [r for r in star.rows["span_events_landing"] if r["content_key"] in winners],
        "span_links": [r for r in star.rows["span_links_landing"] if r["content_key"] in winners],
    }
    types: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    texts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    dates: dict[tuple[str, str], set[date]] = defaultdict(set)
    for place, table in _PLACES.items():
        for row in rows[table]:
            for key, kind, text in _values(row, table):
                types[place, key][kind] += 1
                texts[place, key][text] += 1
                dates[place, key] |= {row.get("event_date", OUT_OF_RANGE)} - {OUT_OF_RANGE}
    found = con.sql(
        "select place, attribute_key, is_promoted, value_types, occurrence_count, row_ratio, "
        "distinct_estimate, value_bytes, value_type, first_seen_date, last_seen_date from dim_attribute_key"
    ).fetchall()
    assert {row[:2] for row in found} == set(types)
    assert len(types) == 13
    for place, key, is_promoted, value_types, occurrences, row_ratio, distinct, value_bytes, *rest in found:
        assert is_promoted == any(p.key == key for p in promoted_in(_PLACES[place]))
        assert value_types == types[place, key]
        assert occurrences == types[place, key].total()
        assert row_ratio == pytest.approx(occurrences / len(rows[_PLACES[place]]))
        assert distinct == pytest.approx(len(texts[place, key]), rel=0.1)
        assert value_bytes == sum(len(t.encode()) * n for t, n in texts[place, key].items())
        ((most_common, _),) = types[place, key].most_common(1)
        days = sorted(dates[place, key]) or [None]
        assert rest == [most_common, days[0], days[-1]]


@pytest.mark.parametrize("distinct", [1, 12, 200, 700, 3_000, 80_000, 1_000_000])
def test_sketches_of_days_merge_into_one_estimate(distinct: int) -> None:
    """Two days that share half their values; registers as the census makes them, merged."""
    estimate = _macros().distinct_estimate("rank")
    (found,) = duckdb.sql(
        f"""
        with days as (
            select
                day,
                cast(hash(value) & 255 as integer) as register,
                57 - length(bin(min(hash(value) >> 8))) as rank
            from (
                select 1 as day, 'user-' || i as value from range({distinct} * 3 // 4) as t(i)
                union all
                select 2, 'user-' || i from range({distinct} // 4, {distinct}) as t(i)
            )
            group by all
        ),
        merged as (select register, max(rank) as rank from days group by register)
        select {estimate} from merged
        """
    ).fetchall()[0]
    assert found == pytest.approx(distinct, rel=0.2, abs=0.5)


def test_a_large_date_is_known_by_a_sample() -> None:
    """A date whose files hold 8 * 2^20 rows: one row in eight is read, and stands for eight."""
    with duckdb.connect() as con:
        con.execute(
            "create schema lake; create table lake.lake_dates as "
            "select date '2026-11-20' as event_date, 'spans' as table_name, 8 << 20 as row_count"
        )
        con.execute(
            "create table spans as select date '2026-11-20' as event_date, i::varchar as span_id, "
            "map(['n'], [(i % 100)::varchar]) as attributes, 'i' as attribute_types "
            "from range(200_000) as t(i)"
        )
        census = _macros().attribute_census("spans", "span", "spans", "span_id")
        _macros(census, con).knowing_row_shares("date '2026-11-20'")
        found = con.sql(
            f"select occurrence_count, value_bytes, value_type, len(value_sketch) from ({census})"
        )
        ((occurrences, value_bytes, value_type, registers),) = found.fetchall()
    assert occurrences != 200_000 and occurrences == pytest.approx(200_000, rel=0.03)
    assert value_bytes == pytest.approx(380_000, rel=0.03)
    assert (value_type, registers > 70) == ("int", True)


def _macros(compiled_code: str = "", con: duckdb.DuckDBPyConnection | None = None) -> Any:
    """The census macros without dbt, for a table that promotes nothing."""

    def run_query(sql: str) -> SimpleNamespace:
        assert con
        return SimpleNamespace(rows=con.execute(sql).fetchall())

    folder: Path = project_dir() / "macros"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), extensions=["jinja2.ext.do"])
    return environment.get_template(
        "attribute_census.sql",
        globals={
            "source": lambda _, table: table,
            "is_due": lambda _: "true",
            "promoted_attributes": dict,
            "run_query": run_query,
            "compiled_code": compiled_code,
        },
    ).module
