"""`otlp-warehouse demo`: the whole way on sample data, and what comes out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.options import JsonOption

_SEED = 20261120
_SPANS_PER_DAY = 10_000
_ORIGIN = "ORIGIN.md"


def demo(
    days: Annotated[
        int, typer.Option(min=0, max=366, help="Add this many days of generated history, up to yesterday.")
    ] = 0,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its lake and file.")] = Path(
        ".data/demo"
    ),
    as_json: JsonOption = False,
) -> None:
    """Ingest real captures of traces, logs and metrics, build, check, and show what they answer.

    Your own lake is never touched.

    Examples:

      otlp-warehouse demo

      otlp-warehouse demo --days 30
    """
    from warehouse.cli.demo_report import answers, print_answers
    from warehouse.cli.screen import byte_progress, console, print_json, step_progress
    from warehouse.lake.ingest import ingest
    from warehouse.report.write import write_report
    from warehouse.runs import recorded
    from warehouse.serve.build import build

    lake, warehouse = folder / "lake", folder / "warehouse.duckdb"
    with recorded("demo", warehouse) as noted:
        sources = [*_examples(), *(_history(folder / "history", days) if days else [])]
        with byte_progress("Reading", as_json) as bytes_done:
            read = ingest(sources, lake, progress=bytes_done)
        noted.rows = sum(read.rows.values())
        with step_progress("Building", as_json) as step_done:
            built = build(lake, warehouse, progress=step_done)
        found = answers(lake, warehouse)
        report = write_report(warehouse, folder / "report.html")
    if as_json:
        print_json({"ingest": read.to_json(), "build": built.as_json(), "report": str(report.file)} | found)
    else:
        print_answers(console(), found, warehouse)
        console().print(
            f"\nOpen {report.file.resolve().as_uri()} in a browser to see all of it.", highlight=False
        )


def _examples() -> list[Path]:
    """The sample captures: inside an installed wheel, or beside the package in a checkout."""
    import warehouse
    from warehouse.errors import WarehouseError

    package = Path(warehouse.__file__).resolve().parent
    for folder in (package / "_project" / "examples", package.parent / "examples" / "data"):
        if folder.is_dir():
            return [path for path in sorted(folder.iterdir()) if path.name != _ORIGIN]
    raise WarehouseError("The sample data is missing from this installation; install otlp-warehouse again.")


def _history(folder: Path, days: int) -> list[Path]:
    from datetime import UTC, datetime, timedelta

    from warehouse.demo.history import write_history
    from warehouse.errors import WarehouseError

    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    try:
        return write_history(folder, days=days, seed=_SEED, spans_per_day=_SPANS_PER_DAY, end_date=yesterday)
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written ({error.strerror}): choose another --folder."
        ) from error
