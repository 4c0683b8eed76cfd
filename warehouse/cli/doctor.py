"""`otlp-warehouse doctor`: whether this installation and this lake can work."""

from __future__ import annotations

from contextlib import suppress

import typer

from warehouse.cli.options import (
    DEFAULT_LAKE,
    DEFAULT_WAREHOUSE,
    JsonOption,
    UnseenLakeOption,
    WarehouseOption,
)
from warehouse.errors import CHECK_FAILED, WarehouseError
from warehouse.schemas.declaration import adopt


def doctor(
    lake: UnseenLakeOption = DEFAULT_LAKE,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    as_json: JsonOption = False,
) -> None:
    """Check Python, packages, the native module, disk, the lake, its store, the served file, and Spark.

    Ends with exit code 1 when something is broken; warnings do not count.

    Examples:

      otlp-warehouse doctor

      otlp-warehouse doctor --lake /data/lake --json
    """
    # What keeps the lake from being looked into is among the findings.
    with suppress(OSError, WarehouseError):
        adopt(lake)
    from warehouse.cli.examinations import examine
    from warehouse.cli.screen import console, print_json, table
    from warehouse.cli.spark_examinations import examine_spark
    from warehouse.cli.store_examinations import examine_store

    findings = [*examine_store(lake), *examine(lake, warehouse), *examine_spark()]
    if as_json:
        print_json([{"subject": f.subject, "state": f.state, "detail": f.detail} for f in findings])
    else:
        rows = [(f.subject, f.state, f.detail) for f in findings]
        console().print(table(None, ("subject", "state", "detail"), rows))
    if any(f.state == "broken" for f in findings):
        raise typer.Exit(CHECK_FAILED)
