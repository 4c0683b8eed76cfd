"""Delta table features that keep some reader or writer of the lake out."""

from __future__ import annotations

from deltalake import DeltaTable

from warehouse.errors import WarehouseError
from warehouse.stores.places import Place

_HARMLESS = {
    "appendOnly",
    "changeDataFeed",
    "checkConstraints",
    "domainMetadata",
    "generatedColumns",
    "identityColumns",
    "invariants",
    "timestampNtz",
}
"""What all readers and writers of the lake can do with. Of what is not known yet that cannot be said."""


def breaking_features(table: DeltaTable) -> list[str]:
    """Features of the table that DuckDB's plain reader, delta-rs or the direct commit cannot do with.

    Among them column mapping: plain readers see the names that columns have in files.
    """
    protocol = table.protocol()
    used = {*(protocol.reader_features or []), *(protocol.writer_features or [])}
    return sorted(used - _HARMLESS)


def is_append_only(table: DeltaTable) -> bool:
    """Whether the table forbids that rows are replaced, as assembly and merges do."""
    return table.metadata().configuration.get("delta.appendOnly", "").lower() == "true"


def refuse_breaking_features(lake: Place, name: str, table: DeltaTable) -> None:
    """Raises WarehouseError when maintenance would write a table wrong, or make it worse."""
    if features := breaking_features(table):
        raise WarehouseError(
            f"The table {lake / name} uses {', '.join(features)}, which DuckDB or delta-rs cannot read: "
            f"drop it in Spark (`alter table delta.`{lake / name}` drop feature {features[0]}`), then go on."
        )
