"""Everything that a report says, as numbers: read once, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from warehouse.errors import WarehouseError
from warehouse.report import deviations, evidence, operations, period, traffic
from warehouse.report.period import Period
from warehouse.report.rows import Row
from warehouse.report.slow_trace import slow_trace
from warehouse.serve.served_file import connect, sentence


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows by subject; the functions that read them say what they hold.

    `lake_error` says why the lake's files could not be read; `slow_trace` and `violations` are then empty.
    """

    warehouse: Path
    period: Period
    totals: Row
    totals_before: Row
    services: list[Row]
    timeline: list[Row]
    heat: list[Row]
    failing: list[Row]
    slowing: list[Row]
    slowest: list[Row]
    calls: list[Row]
    critical_paths: list[Row]
    exceptions: list[Row]
    slow_trace: Row | None
    checks: Row
    violations: list[Row]
    ledger: Row
    coverage: list[Row]
    lake_error: str | None


def read(warehouse: Path, from_text: str | None, to_text: str | None) -> Figures:
    """The figures of a range of time, see `period.choose`.

    Raises WarehouseError when there is nothing to read, or the file was built by an older version.
    """
    with connect(warehouse) as con:
        try:
            return _read(con, warehouse, period.choose(con, from_text, to_text))
        except duckdb.CatalogException as error:
            raise WarehouseError(
                f"{warehouse} lacks what a report needs ({sentence(error)}): "
                "run `otlp-warehouse build --full-refresh`."
            ) from error


def _read(con: DuckDBPyConnection, warehouse: Path, within: Period) -> Figures:
    trace: Row | None = None
    violations: list[Row] = []
    lake_error: str | None = None
    try:
        trace, violations = slow_trace(con, within), evidence.violations(con, within)
    except duckdb.IOException as error:
        lake_error = sentence(error)
    return Figures(
        warehouse=warehouse,
        period=within,
        totals=traffic.totals(con, within),
        totals_before=traffic.totals(con, within.before()),
        services=traffic.services(con, within),
        timeline=traffic.timeline(con, within),
        heat=traffic.heat(con, within),
        failing=deviations.failing(con, within),
        slowing=deviations.slowing(con, within),
        slowest=operations.slowest(con, within),
        calls=operations.calls(con, within),
        critical_paths=operations.critical_paths(con, within),
        exceptions=operations.exceptions(con, within),
        slow_trace=trace,
        checks=evidence.checks(con),
        violations=violations,
        ledger=evidence.ledger(con),
        coverage=evidence.coverage(con, within),
        lake_error=lake_error,
    )
