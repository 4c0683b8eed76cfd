"""`otlp-warehouse docs`: the reference of every table, column and model as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.cli.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption


def docs(
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    out: Annotated[Path, typer.Option(help="Folder that gets index.html.")] = Path(".data/docs"),
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in the web browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write descriptions, columns, SQL and lineage of all models as one page that needs no network.

    Examples:

      otlp-warehouse docs --open

      otlp-warehouse docs --out public/reference
    """
    from warehouse.cli.screen import console, print_json
    from warehouse.serve.reference import write_reference

    page = write_reference(warehouse, out)
    if as_json:
        print_json({"page": str(page)})
    else:
        console().print(f"Wrote {page}: open it in a web browser.", highlight=False, markup=False)
    if open_page:
        typer.launch(page.resolve().as_uri())
