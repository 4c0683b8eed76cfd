"""Lake tables of resources and instrumentation scopes."""

from __future__ import annotations

from warehouse.schemas.model import (
    ATTRIBUTE_TYPES,
    ATTRIBUTES,
    DROPPED_ATTRIBUTES,
    RESOURCE_KEY,
    SCOPE_KEY,
    Column,
    Table,
)
from warehouse.schemas.promoted import promoted_in

_SCHEMA_URL = Column("schema_url", "string", "Schema URL of its telemetry; null when empty", True)

RESOURCES = Table(
    "resources",
    "One row per distinct resource: schema_url, attributes, dropped count and entity references",
    ("resource_key",),
    (
        RESOURCE_KEY,
        _SCHEMA_URL,
        *(p.column for p in promoted_in("resources")),
        ATTRIBUTES,
        ATTRIBUTE_TYPES,
        DROPPED_ATTRIBUTES,
        Column("entity_refs", "string", "Entity references as OTLP/JSON; null when there are none", True),
    ),
    None,
    ("resource_key",),
)
SCOPES = Table(
    "scopes",
    "One row per distinct instrumentation scope: name, version, schema_url, attributes, dropped count",
    ("scope_key",),
    (
        SCOPE_KEY,
        _SCHEMA_URL,
        Column("name", "string", "Name of the scope; null when empty", True),
        Column("version", "string", "Version of the scope; null when empty", True),
        ATTRIBUTES,
        ATTRIBUTE_TYPES,
        DROPPED_ATTRIBUTES,
    ),
    None,
    ("scope_key",),
)
