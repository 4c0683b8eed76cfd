"""What to say of a deprecated attribute, given the schema version that its telemetry states."""

from __future__ import annotations

from warehouse.integrity.conventions import Attribute, version_of


def state(attribute: Attribute, schema_url: str | None) -> str:
    """Since when it is out of date, seen from the schema of the telemetry."""
    renamed, stated = attribute.renamed_in, version_of(schema_url)
    if renamed is None:
        return "the conventions have deprecated it"
    if stated is None:
        return f"it is deprecated since {renamed}"
    version = ".".join(map(str, stated))
    if stated < tuple(map(int, renamed.split("."))):
        return f"schema {version} still has it, {renamed} renamed it"
    return f"schema {version}, which it states, no longer has it"


def instead(attribute: Attribute) -> str:
    """What to write now."""
    if not attribute.replacements:
        return f"Leave {attribute.key} out, nothing takes its place"
    return f"Write {' or '.join(attribute.replacements)} instead"
