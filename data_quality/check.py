"""What one check of the gate is: a Great Expectations expectation with a name and a severity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation

Severity = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation about a table of the star.

    `name` is unique among all suites; `detail` says as a sentence what holds, `remedy` what to do when it
    does not; a failed critical check stops publication, a failed warning is shown.
    """

    name: str
    table: str
    detail: str
    expectation: Expectation
    column: str | None = None
    severity: Severity = "critical"
    remedy: str | None = None


class ExpectNoRows(UnexpectedRowsExpectation):
    """A query finds nothing. Rows are counted, not fetched too, for which its parent runs a query again."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found = metrics["unexpected_rows_query.row_count"]
        return {"success": found == 0, "result": {"observed_value": found}}


def unique(table: str, *columns: str) -> Check:
    """No two rows share the values of the columns; nulls count as values."""
    names = ", ".join(columns)
    return no_rows(
        f"{table}_unique",
        table,
        f"{names} identify a row of {table}",
        f"select {names} from {{batch}} group by {names} having count(*) > 1",
    )


def not_null(table: str, column: str) -> Check:
    return Check(
        f"{table}_{column}_not_null",
        table,
        f"{column} of {table} is never null",
        ExpectColumnValuesToNotBeNull(column=column),
        column,
    )


def between(
    table: str, column: str, low: float | None, high: float | None, severity: Severity = "critical"
) -> Check:
    """Values lie in [low, high]; null values are left out."""
    bounds = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
    return Check(
        f"{table}_{column}_range",
        table,
        f"{column} of {table} is {bounds}",
        ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high),
        column,
        severity,
    )


def accepted(table: str, column: str, values: Sequence[object], severity: Severity = "critical") -> Check:
    return Check(
        f"{table}_{column}_accepted",
        table,
        f"{column} of {table} is one of {', '.join(map(str, values))}",
        ExpectColumnValuesToBeInSet(column=column, value_set=list(values)),
        column,
        severity,
    )


def no_rows(
    name: str,
    table: str,
    detail: str,
    query: str,
    column: str | None = None,
    severity: Severity = "critical",
    remedy: str | None = None,
) -> Check:
    """A query that must find nothing; `{batch}` in it stands for the table, with an alias already."""
    return Check(name, table, detail, ExpectNoRows(unexpected_rows_query=query), column, severity, remedy)


def resolves(table: str, column: str, dimension: str, key: str | None = None) -> Check:
    """Every value of the column that is not null is a key of the dimension."""
    key = key or column
    return no_rows(
        f"{table}_{column}_resolves",
        table,
        f"{column} of {table} is found in {dimension}",
        # Distinct first: a fact has millions of rows and few keys.
        f"select {column} from (select distinct {column} from {{batch}}) as facts "
        f"where {column} is not null and {column} not in (select {dimension}.{key} from {dimension})",
        column,
    )
