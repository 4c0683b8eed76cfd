"""What a served file holds, as one number a table, whatever the order of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

# The first is written by the gate with the time of the audit; the others say how the file came to be.
_NOT_CONTENT = ("fct_quality_results", "built_models", "built_dates", "redone_dates")


def content(file: Path, without: Sequence[str] = ()) -> dict[str, tuple[int, int | None]]:
    """Rows and sum of row hashes of what dbt made; `without` names tables and columns to leave out."""
    with duckdb.connect(str(file), read_only=True) as con:
        relations = con.execute(
            "select table_schema, table_name, "
            "list('rows.\"' || column_name || '\"' order by ordinal_position) "
            "from information_schema.columns where table_schema in ('main', 'intermediate', 'staging') "
            "and not list_contains($1, table_name) and not list_contains($1, column_name) "
            "group by all order by all",
            [[*_NOT_CONTENT, *without]],
        ).fetchall()
        return {
            name: con.sql(
                f"select count(*), sum(hash({', '.join(columns)})::hugeint) from {schema}.{name} as rows"
            ).fetchall()[0]
            for schema, name, columns in relations
        }


def redone(file: Path) -> dict[str, list[str]]:
    """Dates that the last run of the models redid, by model."""
    with duckdb.connect(str(file), read_only=True) as con:
        return dict(
            con.sql(
                "select model_name, list(event_date::varchar order by event_date) "
                "from intermediate.redone_dates group by all"
            ).fetchall()
        )
