"""Running the suites against a DuckDB file with Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import great_expectations as gx
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy import event
from sqlalchemy.pool import Pool

from data_quality.check import Check
from data_quality.scope import Scope, dated_tables, narrow
from data_quality.suites import SUITES
from warehouse.serve.served_file import reach_lake
from warehouse.telemetry import count, span
from warehouse.telemetry import event as told


class _BufferedEngine(SqlAlchemyExecutionEngine):
    """Keeps a result's rows: DuckDB drops them when the connection goes back to its pool, before GX reads."""

    def execute_query(self, query: Any) -> Any:
        with self.get_connection() as connection:
            return connection.execute(query).freeze()()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check after it ran.

    `unexpected_count` is null when the expectation does not count rows, `dates` when it looked at all rows.
    """

    suite: str
    check: Check
    is_passed: bool
    unexpected_count: int | None
    dates: tuple[date, ...] | None = None


@contextmanager
def _prepared(scope: Scope | None) -> Iterator[None]:
    """Meanwhile every connection reaches the lake and sees the dates of the scope."""

    def prepare(connection: Any, _: Any) -> None:
        if isinstance(connection, ConnectionWrapper):
            reach_lake(connection)  # type: ignore[arg-type]  # it hands on what it does not know
            narrow(connection, scope)  # type: ignore[arg-type]

    # GX makes engines of its own, so no single one can be told.
    event.listen(Pool, "connect", prepare)
    try:
        yield
    finally:
        event.remove(Pool, "connect", prepare)


@cache
def _context() -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    SQLDatasource.execution_engine_override = _BufferedEngine  # type: ignore[misc]
    return context


@contextmanager
def _datasource(file: Path) -> Iterator[SQLDatasource]:
    name = f"star-{uuid4()}"
    address = f"duckdb:///{file}?access_mode=read_only&autoinstall_known_extensions=false"
    source = _context().data_sources.add_sql(name, connection_string=address)
    try:
        yield source
    finally:
        # Both hold connections, and the file admits no writer while one is open.
        source.get_execution_engine().close()
        source.get_engine().dispose()
        _context().data_sources.delete(name)


def _dates(file: Path, scope: Scope | None) -> dict[str, tuple[date, ...]]:
    """The dates that are looked at of every table that is not audited whole."""
    if scope is None:
        return {}
    with duckdb.connect(str(file), read_only=True) as con:
        return {table: tuple(scope.of(table)) for table in dated_tables(con)}


def _unexpected(result: Any) -> int | None:
    found = result.result.get("unexpected_count", result.result.get("observed_value"))
    return found if isinstance(found, int) else None


def _name(result: Any) -> str:
    return str(result.expectation_config.meta["check"])


def _results(source: SQLDatasource, table: str, checks: Sequence[Check]) -> dict[str, Any]:
    """Results of the checks of one table by check name.

    Rows are counted for those that failed alone: asking only whether any is wrong takes one scan for all
    expectations about columns.
    """
    batch = (
        source.add_table_asset(table, table_name=table).add_batch_definition_whole_table(table).get_batch()
    )
    results = _validated(batch, checks, "BOOLEAN_ONLY")
    failed = [check for check in checks if not results[check.name].success]
    return results | (_validated(batch, failed, "BASIC") if failed else {})


def _validated(batch: Any, checks: Sequence[Check], result_format: str) -> dict[str, Any]:
    for check in checks:
        check.expectation.meta = {"check": check.name}
    suite = ExpectationSuite(name=checks[0].table, expectations=[c.expectation for c in checks])
    results = {_name(r): r for r in batch.validate(suite, result_format=result_format).results}
    for name, result in results.items():
        # One entry per metric when something went wrong, one flat entry when nothing did.
        for info in (result.exception_info, *result.exception_info.values()):
            if isinstance(info, dict) and info.get("raised_exception"):
                raise RuntimeError(f"The check {name} could not run: {info['exception_message']}")
    return results


def audit(
    file: Path, suites: Mapping[str, Sequence[Check]] | None = None, scope: Scope | None = None
) -> list[Outcome]:
    """Every check of the suites (all of them when none are given) against the file, which is only read.

    Facts and cubes are looked at on the dates of the scope, on all when there is none.
    Raises RuntimeError when a check cannot be evaluated: a missing table is no passed check.
    """
    if suites is None:
        suites = {name: checks() for name, checks in SUITES.items()}
    planned = [(suite, check) for suite, checks in suites.items() for check in checks]
    by_table: dict[str, list[Check]] = {}
    for _, check in planned:
        by_table.setdefault(check.table, []).append(check)
    results: dict[str, Any] = {}
    dates = _dates(file, scope)
    with _prepared(scope), _datasource(file) as source:
        for table, checks in by_table.items():
            with span(f"check {table}", db__collection__name=table, otlp_warehouse__checks=len(checks)):
                found = _results(source, table, checks)
                for name in (name for name, result in found.items() if not result.success):
                    told("check failed", otlp_warehouse__check=name)
            results |= found
    for is_passed in (True, False):
        made = sum(bool(result.success) is is_passed for result in results.values())
        count("checks.made", made, "{check}", otlp_warehouse__passed=is_passed)
    return [
        Outcome(
            suite,
            check,
            bool(results[check.name].success),
            _unexpected(results[check.name]),
            dates.get(check.table),
        )
        for suite, check in planned
    ]
