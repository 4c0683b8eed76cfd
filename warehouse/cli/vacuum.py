"""`otlp-warehouse vacuum`: remove files that nobody needs."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, DEFAULT_WAREHOUSE, JsonOption, LakeOption, WarehouseOption


def vacuum(
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    retention_hours: Annotated[
        int,
        typer.Option(
            min=0, help="Keep what was replaced or left behind in the last hours; readers may use it."
        ),
    ] = 168,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", show_envvar=False, help="Remove nothing, count what would be.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove files that were replaced, or left behind by interrupted runs.

    Whatever the retention: files that a published warehouse reads stay, and those of unfinished runs. Name a
    warehouse that was moved since it was published with --warehouse.

    Examples:

      otlp-warehouse vacuum --dry-run

      otlp-warehouse vacuum --retention-hours 24 --lake /data/lake
    """
    from warehouse.cli.maintenance_report import print_vacuumed
    from warehouse.cli.screen import item_progress, print_json
    from warehouse.lake.vacuum import vacuum as run
    from warehouse.runs import recorded
    from warehouse.serve.pins import pinned_files

    noted = nullcontext() if dry_run else recorded("vacuum", warehouse)
    with noted, item_progress("Vacuuming", as_json) as progress:
        pinned = pinned_files(lake, [warehouse])
        result = run(lake, pinned=pinned, retention_hours=retention_hours, dry_run=dry_run, progress=progress)
    if as_json:
        print_json(result.to_json())
    else:
        print_vacuumed(result)
