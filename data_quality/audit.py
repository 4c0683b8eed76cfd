"""Running the suites against a DuckDB file with Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine

from data_quality.check import Check
from data_quality.suites import SUITES


class _BufferedEngine(SqlAlchemyExecutionEngine):
    """Keeps a result's rows: DuckDB drops them when the connection goes back to its pool, before GX reads."""

    def execute_query(self, query: Any) -> Any:
        with self.get_connection() as connection:
            return connection.execute(query).freeze()()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check after it ran. `unexpected_count` is null when the expectation does not count rows."""

    suite: str
    check: Check
    is_passed: bool
    unexpected_count: int | None


@contextmanager
def _datasource(file: Path) -> Iterator[SQLDatasource]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    SQLDatasource.execution_engine_override = _BufferedEngine  # type: ignore[misc]
    source = context.data_sources.add_sql("star", connection_string=f"duckdb:///{file}?access_mode=read_only")
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _unexpected(result: Any) -> int | None:
    found = result.result.get("unexpected_count", result.result.get("observed_value"))
    return found if isinstance(found, int) else None


def _run(batch: Any, suite: str, check: Check) -> Outcome:
    result = batch.validate(check.expectation)
    # One entry per metric when something went wrong, one flat entry when nothing did.
    for info in (result.exception_info, *result.exception_info.values()):
        if isinstance(info, dict) and info.get("raised_exception"):
            raise RuntimeError(f"The check {check.name} could not run: {info['exception_message']}")
    return Outcome(suite, check, bool(result.success), _unexpected(result))


def audit(file: Path) -> list[Outcome]:
    """Every check of every suite against the file, which is only read.

    Raises RuntimeError when a check cannot be evaluated: a missing table is no passed check.
    """
    planned = [(suite, check) for suite, checks in SUITES.items() for check in checks()]
    with _datasource(file) as source:
        batches = {
            table: source.add_table_asset(table, table_name=table)
            .add_batch_definition_whole_table(table)
            .get_batch()
            for table in {check.table for _, check in planned}
        }
        return [_run(batches[check.table], suite, check) for suite, check in planned]
