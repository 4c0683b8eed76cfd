"""Descriptions lie in the served file, where every client can show them."""

from __future__ import annotations

import duckdb

from warehouse.schemas.registry import TABLES


def test_every_mart_and_every_column_says_what_it_means(con: duckdb.DuckDBPyConnection) -> None:
    relations = dict(
        con.sql(
            "select table_name, comment from duckdb_tables() where schema_name = 'main' "
            "union all "
            "select view_name, comment from duckdb_views() where schema_name = 'main' and not internal"
        ).fetchall()
    )
    assert len(relations) > 30
    assert [name for name, told in relations.items() if not (told or "").startswith("One row per ")] == []
    silent = con.sql(
        "select table_name, column_name from duckdb_columns() where schema_name = 'main' and not internal "
        "and coalesce(comment, '') = ''"
    ).fetchall()
    assert silent == []


def test_views_of_the_lake_repeat_the_registry(con: duckdb.DuckDBPyConnection) -> None:
    told = con.sql("select table_name, column_name, comment from duckdb_columns() where schema_name = 'lake'")
    found = {(table, column): comment for table, column, comment in told.fetchall()}
    expected = {(t.name, c.name): c.doc for t in TABLES.values() for c in t.columns}
    assert {key: found[key] for key in expected} == expected
