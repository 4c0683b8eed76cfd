"""`otlp-warehouse build`: from the lake to the served DuckDB file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, DEFAULT_WAREHOUSE, JsonOption, LakeOption, WarehouseOption
from warehouse.errors import USAGE, WarehouseError

if TYPE_CHECKING:
    from warehouse.serve.build import BuildResult


def build(
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build every date anew.")] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="Take late spans of old dates now instead of letting them wait.")
    ] = False,
    models_only: Annotated[
        bool,
        typer.Option(
            "--models-only",
            help="Neither assemble nor check nor publish: `check --candidate` and `publish` come next.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Assemble traces, build dimensions, facts and cubes, check them, and publish them at once or not at all.

    Dates whose lake files changed since the last build are redone and checked, and no others; without any,
    nothing is built.

    Examples:

      otlp-warehouse build

      otlp-warehouse build --lake /data/lake --warehouse /data/warehouse.duckdb
    """
    from warehouse.cli.screen import print_json, step_progress
    from warehouse.runs import recorded
    from warehouse.serve.build import build as run
    from warehouse.serve.build import build_models

    if models_only and settle:
        raise WarehouseError("--models-only assembles nothing: leave out --settle.", USAGE)
    with recorded("build", warehouse), step_progress("Building", as_json) as progress:
        if models_only:
            result = build_models(lake, warehouse, full_refresh=full_refresh, progress=progress)
        else:
            result = run(lake, warehouse, full_refresh=full_refresh, settle=settle, progress=progress)
    if as_json:
        print_json(result.as_json())
    else:
        _show(result, warehouse)


def _show(result: BuildResult, warehouse: Path) -> None:
    from warehouse.cli.screen import console, count, counted, looked_at

    screen = console()
    built = (
        f"Built {count(result.models)} models over {counted(result.dates, 'date')} in {result.seconds:.1f} s"
    )
    if result.checks is None:
        screen.print(f"{built}. Next: otlp-warehouse check --candidate", highlight=False)
        return
    checks = f"{count(result.checks.passed)} checks passed, {count(result.checks.failed)} failed"
    if result.models:
        screen.print(f"{built}; {checks}{looked_at(result.checks.dates)}.", highlight=False)
    else:
        screen.print(f"Nothing changed since {warehouse} was built: {checks} then.", highlight=False)
    for warning in result.checks.warnings:
        screen.print(f"  warning: {warning}", markup=False, highlight=False)
    published = f"Published {warehouse}. " if result.models else ""
    screen.print(f"{published}Next: otlp-warehouse sql 'from daily_service_health'", highlight=False)
