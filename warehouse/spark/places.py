"""Where Spark SQL itself reads and writes: folders that driver and executors share."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import USAGE, WarehouseError
from warehouse.stores.places import Place, place


def shared_folder(named: str | Place) -> Path:
    """The folder's whole path. Raises WarehouseError for an object store.

    Ingest, assembly and maintenance go to a store by themselves; Spark SQL would need Hadoop's connectors and
    their credentials.
    """
    found = place(named).absolute()
    if not isinstance(found, Path):
        raise WarehouseError(
            f"{named} lies in an object store, which Spark SQL does not reach here: give a folder that "
            "driver and executors share, or make the cubes of such a lake with `otlp-warehouse build`.",
            USAGE,
        )
    return found
