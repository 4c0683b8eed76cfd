"""Making the Delta tables of a lake."""

from __future__ import annotations

from pathlib import Path

from deltalake import DeltaTable

from warehouse.lake.declared import take_declaration
from warehouse.lake.first_commit import write_first_commit
from warehouse.lake.snapshot import pinned_versions
from warehouse.lake.tables import LEDGER, is_table, lost_table
from warehouse.schemas.delta import delta_schema
from warehouse.schemas.model import Table
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place, delta_address, spread


def create_missing(lake: Place) -> None:
    """Create the tables of the registry that the lake does not hold yet, empty, at version 0.

    Raises WarehouseError when a table that held rows is gone: an empty one in its place would hide that.
    """
    are_there = spread(lake, lambda name: is_table(lake, name), TABLES)
    missing = [table for table, is_there in zip(TABLES.values(), are_there, strict=True) if not is_there]
    if missing and TABLES[LEDGER] not in missing:
        _refuse_lost(lake, missing)
    spread(lake, lambda table: _create(lake, table), missing)
    take_declaration(lake, [table for table in TABLES.values() if table not in missing])


def _refuse_lost(lake: Place, missing: list[Table]) -> None:
    versions = pinned_versions(lake)
    lost = [table.name for table in missing if versions[table.name] > 0]
    if lost:
        raise lost_table(lake, lost[0])


def _create(lake: Place, table: Table) -> None:
    where, options = delta_address(lake / table.name)
    if isinstance(where, Path):
        write_first_commit(where, table)
    else:
        DeltaTable.create(
            where,
            delta_schema(table),
            mode="ignore",
            partition_by=[table.partition] if table.partition else None,
            name=table.name,
            description=table.grain,
            storage_options=options,
        )
