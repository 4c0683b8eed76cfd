"""`otlp-warehouse optimize`: fewer and smaller files."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, DEFAULT_WAREHOUSE, JsonOption, LakeOption, WarehouseOption


def optimize(
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="TABLE", help="Table to optimize, repeatable; all when not given."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Workers; all cores when not given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Merge small files of the lake, sorted and with stronger compression. Rows stay the same.

    A date older than two days is written anew once, until more comes for it: that takes some 25 us of
    processor time a span.

    Served warehouses keep reading the old files until `vacuum` finds that nobody needs them. Dates whose
    files changed are redone by the next `build`, so run this before it.

    Examples:

      otlp-warehouse optimize

      otlp-warehouse optimize --table spans --table log_records --lake /data/lake
    """
    from warehouse.cli.maintenance_report import print_optimized
    from warehouse.cli.screen import item_progress, print_json
    from warehouse.lake.optimize import optimize as run
    from warehouse.runs import recorded

    with recorded("optimize", warehouse) as noted, item_progress("Optimizing", as_json) as progress:
        result = run(lake, tables or (), workers=workers, progress=progress)
        noted.rows = result.rows
    if as_json:
        print_json(result.to_json())
    else:
        print_optimized(result)
