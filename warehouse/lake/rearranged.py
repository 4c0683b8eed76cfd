"""Tables whose files another Delta writer merged or replaced behind the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.lake.tables import file_actions, open_table
from warehouse.stores.places import Place, spread


def refuse_replaced(where: Place, table: DeltaTable, paths: Iterable[str]) -> None:
    """Raises WarehouseError when the table at `where` no longer holds files that a commit removes."""
    actions = file_actions(table)
    held = {unquote(path) for path in actions["path"].to_pylist()} if actions.num_rows else set()
    if not held.issuperset(paths):
        raise WarehouseError(
            f"Another Delta writer replaced files of {where} meanwhile: run this again, and if that does not "
            f"help, take back in Spark what it did (`describe history delta.`{where}``, `restore table`)."
        )


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
