"""What a row holds besides the record: the run's constants, and the rules several tables share."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oracle import hashing
from oracle.attribute_values import Entries, entries, json_text, promote
from oracle.records import Around

_DECLARATION = Path(__file__).parents[2] / "warehouse" / "schemas" / "promoted.toml"
FIRST_DATE_NANO = 946_684_800_000_000_000
"""2000-01-01 UTC in nanoseconds."""
DAY_NANO = 86_400_000_000_000


class OutOfRange(Exception):
    """A time or count of the record does not fit a signed 64-bit integer: the record is rejected."""


def declared(table: str) -> dict[str, str]:
    """Promoted keys of a table and their types."""
    found = tomllib.loads(_DECLARATION.read_text(encoding="utf-8"))["attribute"]
    return {a["key"]: a["type"] for a in found if table in a["tables"]}


@dataclass(slots=True)
class Context:
    """Constants of a run, and the rows made so far by table."""

    file_key: int = 0
    ingest_batch: int = 0
    now_unix_nano: int = 2**63 - 1 - DAY_NANO
    promoted: dict[str, dict[str, str]] = field(
        default_factory=lambda: {t: declared(t) for t in ("spans", "span_events", "log_records", "resources")}
    )
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    keyed: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    def add(self, table: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(table, []).append(row)

    def add_once(self, table: str, key: int, row: dict[str, Any]) -> None:
        """Add a row of a table of distinct entities: the first seen of equal keys stays."""
        if (table, key) not in self.keyed:
            self.keyed[table, key] = row
            self.add(table, row)

    def event_date(self, time_unix_nano: int) -> dt.date:
        if FIRST_DATE_NANO <= time_unix_nano <= self.now_unix_nano + DAY_NANO:
            days = time_unix_nano // DAY_NANO
            return dt.date(1970, 1, 1) + dt.timedelta(days=days)
        return dt.date(1970, 1, 1)


def fits(value: int) -> int:
    """The value, when it lies below 2^63. Raises OutOfRange."""
    if value >= 2**63:
        raise OutOfRange(value)
    return value


def hex_or_null(raw: bytes) -> str | None:
    return raw.hex() or None


def attribute_columns(rest: Entries) -> dict[str, Any]:
    """The map as key -> (type letter, text): `attributes` and `attribute_types` of the lake read together."""
    return {"attributes": rest}


@dataclass(slots=True)
class Entities:
    """Keys of a record's resource and scope, and the service that the resource names."""

    resource_key: int
    scope_key: int
    service_name: Any


def entities(context: Context, around: Around) -> Entities:
    """Rows of the record's resource and scope, each once per key; returns their keys."""
    resource, scope = around.resource, around.scope
    all_entries = entries(resource.attributes)
    refs = _entity_refs(resource)
    resource_key = hashing.resource_key(
        around.resource_schema_url, all_entries, resource.dropped_attributes_count, refs
    )
    columns, rest = promote(all_entries, context.promoted["resources"])
    context.add_once(
        "resources",
        resource_key,
        {
            "resource_key": resource_key,
            "schema_url": around.resource_schema_url or None,
            "dropped_attributes_count": resource.dropped_attributes_count,
            "entity_refs": refs,
            **attribute_columns(rest),
            **columns,
        },
    )
    scope_entries = entries(scope.attributes)
    scope_key = hashing.scope_key(
        around.scope_schema_url, scope.name, scope.version, scope_entries, scope.dropped_attributes_count
    )
    context.add_once(
        "scopes",
        scope_key,
        {
            "scope_key": scope_key,
            "schema_url": around.scope_schema_url or None,
            "name": scope.name or None,
            "version": scope.version or None,
            "dropped_attributes_count": scope.dropped_attributes_count,
            **attribute_columns(scope_entries),
        },
    )
    return Entities(resource_key, scope_key, columns["service_name"])


def _entity_refs(resource: Any) -> str | None:
    """Entity references as compact OTLP/JSON; empty members are left out."""
    refs = []
    for ref in resource.entity_refs:
        members = {
            "schemaUrl": ref.schema_url,
            "type": ref.type,
            "idKeys": list(ref.id_keys),
            "descriptionKeys": list(ref.description_keys),
        }
        refs.append({k: v for k, v in members.items() if v})
    return json_text(refs) if refs else None
