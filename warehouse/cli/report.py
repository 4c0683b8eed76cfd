"""`otlp-warehouse report`: one HTML page about a range of time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption


def report(
    from_time: Annotated[
        str | None,
        typer.Option("--from", help="First date or time (UTC). Default: seven days before --to."),
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option("--to", help="Date or time (UTC) behind the last. Default: the newest span's hour."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("report.html"),
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    as_json: JsonOption = False,
) -> None:
    """Write one self-contained HTML page: traffic, errors, latency, service map, slow traces, data quality.

    Examples:

      otlp-warehouse report

      otlp-warehouse report --from 2026-11-20 --to 2026-11-21 --out friday.html
    """
    from warehouse.cli.screen import console, counted, print_json, size
    from warehouse.report.write import write_report
    from warehouse.runs import recorded

    with recorded("report", warehouse):
        done = write_report(warehouse, out, from_text=from_time, to_text=to_time)
    within, totals = done.figures.period, done.figures.totals
    if as_json:
        print_json(
            {
                "report": str(done.file),
                "bytes": done.bytes,
                "from": within.from_at.isoformat(),
                "to": within.to_at.isoformat(),
                "requests": totals["request_count"],
                "errors": totals["error_count"],
            }
        )
        return
    console().print(
        f"Wrote {done.file} ({size(done.bytes)}): {counted(totals['request_count'], 'request')} of "
        f"{counted(totals['service_count'], 'service')}, {within.from_at} to {within.to_at} UTC.",
        highlight=False,
        markup=False,
    )
