"""What `optimize`, `vacuum` and the Spark job that does both print for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.cli.screen import console, counted, size, table

if TYPE_CHECKING:
    from warehouse.lake.optimize import OptimizeResult
    from warehouse.lake.vacuum import VacuumResult


def print_optimized(result: OptimizeResult) -> None:
    screen = console()
    if not result.files:
        screen.print("Nothing to do: files are as few and as small as they can be.", highlight=False)
        return
    rows = [(name, *found) for name, found in result.files.items()]
    screen.print(table(None, ("table", "files", "written as"), rows, right=(1, 2)))
    screen.print(
        f"{counted(result.rows, 'row')}, {size(result.bytes_before)} are now {size(result.bytes_after)}, "
        f"in {result.seconds:.1f} s.",
        highlight=False,
    )


def print_vacuumed(result: VacuumResult) -> None:
    files = sum(result.files.values())
    verb = "Would remove" if result.dry_run else "Removed"
    console().print(f"{verb} {counted(files, 'file')}, {size(result.bytes)}.", highlight=False)
