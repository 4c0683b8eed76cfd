"""Options that verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

DEFAULT_LAKE = Path(".data/lake")
DEFAULT_WAREHOUSE = Path(".data/warehouse.duckdb")

LakeOption = Annotated[
    Path, typer.Option("--lake", envvar="OTLP_WAREHOUSE_LAKE", help="Folder of the lake's Delta tables.")
]
WarehouseOption = Annotated[
    Path,
    typer.Option("--warehouse", envvar="OTLP_WAREHOUSE_WAREHOUSE", help="DuckDB file that is served."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", show_envvar=False, help="Print one JSON object on stdout, nothing else.")
]
EngineOption = Annotated[
    Literal["local", "spark"], typer.Option(help="What does the work: this process, or a Spark job.")
]
MasterOption = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Spark master; what Spark's configuration says if not given."),
]
