"""Options that verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from warehouse.schemas.declaration import adopt
from warehouse.stores.places import Place, place

DEFAULT_LAKE = Path(".data/lake")
DEFAULT_WAREHOUSE = Path(".data/warehouse.duckdb")


def _lake(callback: Callable[[Place], Place] | None) -> Any:
    return typer.Option(
        "--lake",
        envvar="OTLP_WAREHOUSE_LAKE",
        parser=place,
        callback=callback,
        metavar="PATH",
        help="Folder of the lake's Delta tables, or an s3://, gs:// or abfss:// URL.",
    )


LakeOption = Annotated[Place, _lake(adopt)]
UnseenLakeOption = Annotated[Place, _lake(None)]
"""A lake that nobody has looked into: its store may not answer."""
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
MaxRecordOption = Annotated[
    int | None,
    typer.Option(
        "--max-record",
        min=4 << 20,
        metavar="BYTES",
        help="Bytes of one record at most; 256 MiB when not given.",
    ),
]
