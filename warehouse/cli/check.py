"""`otlp-warehouse check`: the data quality gate on the served file, and the violations behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, DEFAULT_WAREHOUSE, JsonOption, LakeOption, WarehouseOption
from warehouse.errors import CHECK_FAILED, USAGE, WarehouseError
from warehouse.stores.places import Place


def check(
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    lake: LakeOption = DEFAULT_LAKE,
    constraint: Annotated[
        str | None,
        typer.Option(help="List violations of this integrity constraint in the lake instead: IC1 … TYPE."),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Violations listed at most.")] = 20,
    candidate: Annotated[
        bool,
        typer.Option(
            "--candidate", help="Check what `build --models-only` left, so that `publish` takes it."
        ),
    ] = False,
    every_date: Annotated[
        bool,
        typer.Option("--all", help="With --candidate: look at every date, not only at those that it redid."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run every data quality check on every date of the served file. Exit code 1: a critical one fails.

    With --constraint: list what violates an integrity constraint, with what to do about it.

    Examples:

      otlp-warehouse check

      otlp-warehouse check --warehouse /data/warehouse.duckdb --json

      otlp-warehouse check --constraint IC2 --limit 20

      otlp-warehouse check --candidate --all
    """
    if constraint is None:
        _gate(warehouse, candidate, every_date, as_json)
    elif candidate:
        raise WarehouseError("--constraint lists what lies in the lake: leave out --candidate.", USAGE)
    else:
        _violations(lake, constraint, limit, as_json)


def _violations(lake: Place, constraint: str, limit: int, as_json: bool) -> None:
    from warehouse.cli.screen import print_json
    from warehouse.cli.violations import listed, show

    found = listed(lake, constraint, limit)
    if as_json:
        print_json(found)
    else:
        show(found)


def _gate(warehouse: Path, candidate: bool, every_date: bool, as_json: bool) -> None:
    from warehouse.cli.screen import console, count, looked_at, print_json
    from warehouse.runs import recorded
    from warehouse.serve.build import check_candidate, refusal
    from warehouse.serve.gate import check as run

    with recorded("check", warehouse) as noted:
        checks = check_candidate(warehouse, every_date=every_date) if candidate else run(warehouse)
        if checks.critical:
            noted.outcome, noted.reason = "check failed", checks.critical[0]
    if as_json:
        print_json(
            {
                "passed": checks.passed,
                "failed": checks.failed,
                "critical": list(checks.critical),
                "warnings": list(checks.warnings),
                "dates": checks.dates,
            }
        )
    else:
        screen = console()
        for severity, sentences in (("critical", checks.critical), ("warning", checks.warnings)):
            for sentence in sentences:
                screen.print(f"{severity}: {sentence}", markup=False, highlight=False)
        screen.print(
            f"{count(checks.passed)} checks passed, {count(checks.failed)} failed "
            f"({count(len(checks.critical))} of them critical){looked_at(checks.dates)}.",
            highlight=False,
        )
    if checks.critical and candidate:
        raise WarehouseError(refusal(warehouse, checks), CHECK_FAILED)
    if checks.critical:
        raise typer.Exit(CHECK_FAILED)
