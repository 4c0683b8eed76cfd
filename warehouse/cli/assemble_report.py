"""What `assemble` and its Spark job print for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.cli.screen import console, count, counted

if TYPE_CHECKING:
    from warehouse.traces.assemble import AssembleResult


def print_assembled(result: AssembleResult) -> None:
    screen = console()
    if result.assembly_id is None:
        screen.print("Nothing new to assemble.", highlight=False)
    else:
        screen.print(
            f"Assembled {counted(result.spans, 'span')} of {counted(result.traces, 'trace')} on "
            f"{counted(result.dates, 'date')} in {result.seconds:.1f} s; "
            f"{counted(result.violations, 'violation')}, "
            f"{count(result.conflicts)} conflicting copies rejected.",
            highlight=False,
        )
    if result.waiting:
        screen.print(
            f"{counted(result.waiting, 'late span')} of old dates wait for more of their date: "
            "otlp-warehouse assemble --settle takes them now.",
            highlight=False,
        )
