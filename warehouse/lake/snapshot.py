"""What readers see: every table at the version of the newest complete batch."""

from __future__ import annotations

import json
from typing import Any

from deltalake import DeltaTable

from warehouse.lake.declared import require_declaration
from warehouse.lake.tables import LEDGER, open_table, open_written
from warehouse.schemas.registry import TABLES
from warehouse.stores.places import Place, spread

VERSIONS = "versions"
"""Key of the ledger's commit metadata: JSON of table name to version, as of that batch."""
_RECENT = 20


def snapshot(lake: Place) -> dict[str, DeltaTable]:
    """All tables of the lake, pinned so that a batch is seen whole or not at all.

    A batch, or an assembly, commits its tables one by one and the ledger last; the ledger's commit names the
    versions that belong together. Before the first complete batch all tables are empty. Raises
    WarehouseError when there is no lake.
    """
    pinned = pinned_versions(lake)
    tables = spread(lake, lambda name: open_table(lake, name, pinned[name]), pinned)
    return dict(zip(pinned, tables, strict=True))


def pinned_versions(lake: Place, ledger: DeltaTable | None = None) -> dict[str, int]:
    """By table, the version that belongs to the newest complete batch or assembly; 0 before the first.

    `ledger` is its newest version, where the caller has opened it already.
    """
    require_declaration(lake)
    newest = _newest_batch(ledger or open_written(lake, LEDGER))
    pinned = dict.fromkeys(TABLES, 0)
    if newest is not None:
        pinned |= json.loads(newest[VERSIONS]) | {LEDGER: newest["version"]}
    return pinned


def _newest_batch(ledger: DeltaTable | None) -> dict[str, Any] | None:
    """The ledger's newest commit that completed a batch; other commits only rearrange files."""
    if ledger is None or ledger.version() == 0:
        return None
    for limit in (_RECENT, None):
        for entry in ledger.history(limit):
            if VERSIONS in entry:
                return entry
    return None
