"""Tables whose files another Delta writer merged or replaced behind the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.lake.tables import open_table
from warehouse.stores.places import Place, spread


def refuse_rearranged(lake: Place, tables: Mapping[str, DeltaTable]) -> None:
    """Raises WarehouseError when a file of the given, pinned tables is no longer in a table's newest version.

    Replacing such a file would leave its rows in the table twice: once more in the file that the other writer
    made of it.
    """
    newest = spread(lake, lambda name: open_table(lake, name), tables)
    for (name, pinned), now in zip(tables.items(), newest, strict=True):
        version = pinned.version()
        if now.version() != version and not set(pinned.file_uris()) <= set(now.file_uris()):
            raise WarehouseError(
                f"Another Delta writer replaced files of {lake / name}: take that back in Spark (`restore "
                f"table delta.`{lake / name}` to version as of {version}`), then go on; to merge files there "
                "is `otlp-warehouse optimize`."
            )
