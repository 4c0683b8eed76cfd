"""Which event dates an audit looks at: those that the build redid, or every date of the lake.

Checks name tables of the star plainly. Temporary views of the same names, on the connections of an audit
alone, let them see some dates of a fact or cube; dimensions and the ledger are seen whole in either case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

WHOLE = "whole_"
"""Prefix of the views that show a fact or cube on every date, whatever an audit looks at."""
_NEIGHBOURED = "fct_traces"
"""Its key is looked for on the dates beside a redone one too: traces cross midnight."""
_BESIDE = (timedelta(days=-1), timedelta(0), timedelta(days=1))
_DATED = """
    select table_name, min(column_name)
    from duckdb_columns()
    where database_name = current_database() and schema_name = 'main'
        and column_name in ('event_date', 'trace_date') and not starts_with(table_name, 'dim_')
    group by all
    order by all
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """The dates that a build redid, and those of tables that it redid by periods longer than a day."""

    dates: frozenset[date]
    of_tables: Mapping[str, frozenset[date]]

    def of(self, table: str) -> list[date]:
        """Dates on which a fact or cube is audited, ascending."""
        found = self.dates | self.of_tables.get(table, frozenset())
        if table == _NEIGHBOURED:
            found = frozenset(day + way for day in found for way in _BESIDE)
        return sorted(found)


def redone(con: duckdb.DuckDBPyConnection) -> Scope | None:
    """What the last run of the models redid; None when that is every date of the lake."""
    days: set[date] = set()
    of_tables: dict[str, frozenset[date]] = {}
    for table, period, dates in con.execute(
        "select model_name, period, list(distinct event_date) from intermediate.redone_dates group by all"
    ).fetchall():
        if period == "day":
            days.update(dates)
        else:
            of_tables[table] = frozenset(dates)
    (every,) = con.execute("select list(distinct event_date) from lake.lake_dates").fetchone() or ([],)
    return None if days.issuperset(every or []) else Scope(frozenset(days), of_tables)


def dated_tables(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Facts and cubes whose rows have a date, each with the name of its column."""
    return dict(con.execute(_DATED).fetchall())


def narrow(con: duckdb.DuckDBPyConnection, scope: Scope | None) -> None:
    """Let the connection see facts and cubes on the dates of the scope; None: on every date."""
    ((database,),) = con.execute("select current_database()").fetchall()
    for statement in _views(f'"{database}".main', dated_tables(con), scope):
        con.execute(statement)
    if scope is not None:
        con.execute(f"set variable due_dates = {_list(sorted(scope.dates))}")


def _views(schema: str, tables: Mapping[str, str], scope: Scope | None) -> Iterator[str]:
    for table, column in tables.items():
        yield f"create temp view {WHOLE}{table} as from {schema}.{table}"
        if scope is not None:
            dates = _list(scope.of(table))
            yield f"create temp view {table} as from {schema}.{table} where list_contains({dates}, {column})"


def _list(dates: Iterable[date]) -> str:
    return f"cast([{', '.join(repr(day.isoformat()) for day in dates)}] as date[])"
