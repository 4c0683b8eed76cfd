"""`otlp-warehouse build`: from the lake to the served DuckDB file."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, DEFAULT_WAREHOUSE, JsonOption, LakeOption, WarehouseOption


def build(
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build every date anew.")] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="Take late spans of old dates now instead of letting them wait.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Assemble traces, build dimensions, facts and cubes, check them, and publish them at once or not at all.

    Dates whose lake files changed since the last build are redone, and no others.

    Examples:

      otlp-warehouse build

      otlp-warehouse build --lake /data/lake --warehouse /data/warehouse.duckdb
    """
    from warehouse.cli.screen import console, count, counted, print_json, step_progress
    from warehouse.serve.build import build as run

    with step_progress("Building", as_json) as progress:
        result = run(lake, warehouse, full_refresh=full_refresh, settle=settle, progress=progress)
    if as_json:
        print_json(result.as_json())
        return
    screen = console()
    checks = f"{count(result.checks.passed)} checks passed, {count(result.checks.failed)} failed"
    screen.print(
        f"Built {count(result.models)} models over {counted(result.dates, 'date')} "
        f"in {result.seconds:.1f} s; {checks}.",
        highlight=False,
    )
    for warning in result.checks.warnings:
        screen.print(f"  warning: {warning}", markup=False, highlight=False)
    screen.print(
        f"Published {warehouse}. Next: otlp-warehouse sql 'from daily_service_health'", highlight=False
    )
