"""Which attributes deserve a column of their own: by their bytes and by the queries that ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.lake.tables import LEDGER, open_table
from warehouse.schemas.declaration import COLUMN_NAME, DECLARABLE, DECLARATION, TYPES, write_declaration
from warehouse.schemas.promoted import declared, promoted
from warehouse.schemas.registry import TABLES
from warehouse.serve.attribute_use import attribute_uses
from warehouse.serve.query_log import recorded
from warehouse.serve.served_file import connect
from warehouse.stores.places import Place

_MANY_BYTES = 0.05
"""Share of the bytes in maps of its place above which a key is worth a column without being asked for."""
_KEYS = """
    select
        place,
        attribute_key,
        value_type,
        occurrence_count,
        row_ratio,
        distinct_estimate,
        value_bytes,
        value_bytes / sum(value_bytes) over (partition by place) as bytes_share
    from dim_attribute_key
    where not is_promoted
"""


@dataclass(frozen=True, slots=True)
class Advice:
    """One attribute key that has no column, at one place. `bytes_share` is of the place's values in maps."""

    place: str
    attribute_key: str
    value_type: str
    occurrence_count: int
    row_ratio: float
    distinct_estimate: int
    value_bytes: int
    bytes_share: float
    query_count: int
    obstacle: str | None
    """Why it cannot have a column; null when it can."""

    @property
    def is_advised(self) -> bool:
        """It can have a column, and is asked for or takes many bytes."""
        return self.obstacle is None and (self.query_count > 0 or self.bytes_share >= _MANY_BYTES)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"is_advised": self.is_advised}

    @property
    def table(self) -> str:
        """The lake table of the place."""
        return f"{self.place}s"


def advise(warehouse: Path) -> list[Advice]:
    """Every attribute key without a column: the most asked for first, then those with the most bytes.

    Raises WarehouseError when nothing is served yet.
    """
    with connect(warehouse) as con:
        uses = attribute_uses(con, recorded(warehouse))
        found = [Advice(*(*row, uses[row[1]], _obstacle(*row[:3]))) for row in con.execute(_KEYS).fetchall()]
    return sorted(found, key=lambda a: (-a.query_count, -a.value_bytes, a.place, a.attribute_key))


def _obstacle(place: str, key: str, value_type: str) -> str | None:
    table = f"{place}s"
    if table not in DECLARABLE:
        return f"{table} have no columns of their own for attributes"
    newer = next((p.key for p in promoted() if key in p.aliases and table in p.tables), None)
    if newer:
        return f"it is an older name of {newer}"
    if value_type not in TYPES:
        return f"values of type {value_type} have no column type"
    column = key.replace(".", "_")
    if not COLUMN_NAME.fullmatch(column):
        return "its name is no column name"
    taken = {*TABLES[table].column_names, *(p.column.name for p in promoted())}
    return f"the column {column} exists already" if column in taken else None


def declare(lake: Place, found: Sequence[Advice]) -> Place:
    """Add the advised keys to the declaration of the lake; one key may be advised for several tables.

    Returns the declaration's place. From the next ingest or assembly on they are columns. Raises
    WarehouseError when there is no lake or the declaration cannot be written.
    """
    open_table(lake, LEDGER)
    entries = {p.key: p.as_entry() for p in declared()}
    for advice in found:
        if advice.is_advised:
            entry = {"key": advice.attribute_key, "type": advice.value_type, "tables": []}
            entries.setdefault(advice.attribute_key, entry)["tables"].append(advice.table)
    try:
        write_declaration(lake / DECLARATION, entries.values())
    except OSError as error:
        raise WarehouseError(
            f"{lake / DECLARATION} cannot be written ({error.strerror or error})."
        ) from error
    return lake / DECLARATION
