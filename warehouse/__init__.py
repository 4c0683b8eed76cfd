"""Raw OpenTelemetry exports in, a Delta lake and a star schema with proven integrity out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.api import Warehouse


def open_warehouse(warehouse: str | Path | None = None) -> Warehouse:
    """Open the file that `otlp-warehouse build` published, read-only.

    Args:
        warehouse: the file; OTLP_WAREHOUSE_WAREHOUSE or `.data/warehouse.duckdb` when not given.

    Raises:
        WarehouseError: there is no such file, it cannot be opened, or a newer version built it.
    """
    from warehouse.api import Warehouse

    return Warehouse(
        Path(warehouse or os.environ.get("OTLP_WAREHOUSE_WAREHOUSE") or ".data/warehouse.duckdb")
    )
