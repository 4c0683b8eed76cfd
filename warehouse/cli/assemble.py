"""`otlp-warehouse assemble`: landing spans into whole traces."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_LAKE, JsonOption, LakeOption


def assemble(
    lake: LakeOption = DEFAULT_LAKE,
    settle: Annotated[
        bool, typer.Option("--settle", help="Take late spans of old dates now instead of letting them wait.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Workers; all cores when not given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring traces up to date with what was ingested: duplicates, parents, critical path, violations.

    Safe to run as often as you like, and while an ingest runs. `build` does it too.

    Examples:

      otlp-warehouse assemble

      otlp-warehouse assemble --settle --lake /data/lake
    """
    from warehouse.cli.screen import console, count, counted, item_progress, print_json
    from warehouse.traces.assemble import assemble as run

    with item_progress("Assembling", as_json) as progress:
        result = run(lake, settle=settle, workers=workers, progress=progress)
    if as_json:
        print_json(result.to_json())
        return
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
