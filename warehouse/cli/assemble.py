"""`otlp-warehouse assemble`: landing spans into whole traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.cli.options import (
    DEFAULT_LAKE,
    DEFAULT_WAREHOUSE,
    EngineOption,
    JsonOption,
    LakeOption,
    MasterOption,
    WarehouseOption,
)

if TYPE_CHECKING:
    from warehouse.stores.places import Place
    from warehouse.traces.assemble import AssembleResult


def assemble(
    lake: LakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    settle: Annotated[
        bool, typer.Option("--settle", help="Take late spans of old dates now instead of letting them wait.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Workers; all cores when not given.")] = None,
    engine: EngineOption = "local",
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring traces up to date with what was ingested: duplicates, parents, critical path, violations.

    Safe to run as often as you like, and while an ingest runs. `build` does it too.

    Examples:

      otlp-warehouse assemble

      otlp-warehouse assemble --settle --lake /data/lake

      otlp-warehouse assemble --lake /shared/lake --engine spark --master spark://host:7077
    """
    from warehouse.cli.assemble_report import print_assembled
    from warehouse.cli.screen import item_progress, print_json
    from warehouse.runs import recorded
    from warehouse.traces.assemble import assemble as run

    with recorded("assemble", warehouse) as noted:
        if engine == "spark":
            result = _on_spark(lake, settle, workers, master)
        else:
            with item_progress("Assembling", as_json) as progress:
                result = run(lake, settle=settle, workers=workers, progress=progress)
        noted.rows = result.spans
    if as_json:
        print_json(result.to_json())
    else:
        print_assembled(result)


def _on_spark(lake: Place, settle: bool, workers: int | None, master: str | None) -> AssembleResult:
    """Submit the job and take its result."""
    from warehouse.spark.submission import submit_for_json
    from warehouse.traces.assemble import AssembleResult

    given = [*(["--settle"] if settle else []), *(["--workers", str(workers)] if workers else [])]
    return AssembleResult(**submit_for_json("assemble_traces", ["--lake", str(lake), *given], master))
