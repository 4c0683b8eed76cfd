"""`otlp-warehouse check`: the data quality gate on the served file."""

from __future__ import annotations

import typer

from warehouse.cli.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption
from warehouse.errors import CHECK_FAILED


def check(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, as_json: JsonOption = False) -> None:
    """Run every data quality check on the served file. Ends with exit code 1 when a critical one fails.

    Examples:

      otlp-warehouse check

      otlp-warehouse check --warehouse /data/warehouse.duckdb --json
    """
    from warehouse.cli.screen import console, count, print_json
    from warehouse.serve.gate import check as run

    checks = run(warehouse)
    if as_json:
        print_json(
            {
                "passed": checks.passed,
                "failed": checks.failed,
                "critical": list(checks.critical),
                "warnings": list(checks.warnings),
            }
        )
    else:
        screen = console()
        for severity, sentences in (("critical", checks.critical), ("warning", checks.warnings)):
            for sentence in sentences:
                screen.print(f"{severity}: {sentence}", markup=False, highlight=False)
        screen.print(
            f"{count(checks.passed)} checks passed, {count(checks.failed)} failed "
            f"({count(len(checks.critical))} of them critical).",
            highlight=False,
        )
    if checks.critical:
        raise typer.Exit(CHECK_FAILED)
