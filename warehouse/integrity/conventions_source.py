"""Renders what the checks need of the semantic conventions.

`python -m warehouse.integrity.conventions_source FOLDER` writes the compact tables that `conventions` reads.
FOLDER holds tables made of the conventions' model: `attributes.tsv`, `groups.tsv` and `schema_changes.tsv`.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ATTRIBUTES_FILE = Path(__file__).with_name("convention_attributes.tsv")
GROUPS_FILE = Path(__file__).with_name("convention_groups.tsv")
EVENTS_FILE = Path(__file__).with_name("convention_events.tsv")
Row = dict[str, str]
_ORIGIN = (
    "# Facts of the OpenTelemetry semantic conventions 1.44.0 (Apache-2.0, "
    "github.com/open-telemetry/semantic-conventions), by conventions_source.py"
)

# Members of these are all there are: the domain is complete, or others are written as a member (`_OTHER`).
# Enumerations of strings are open otherwise: an unknown member may be an own value of the instrumentation.
_CLOSED = {
    "azure.cosmosdb.consistency.level",
    "cassandra.consistency.level",
    "db.cassandra.consistency_level",
    "disk.io.direction",
    "faas.trigger",
    "geo.continent.code",
    "graphql.operation.type",
    "http.request.method",
    "log.iostream",
    "messaging.rocketmq.consumption_model",
    "messaging.rocketmq.message.type",
    "network.io.direction",
    "opentracing.ref_type",
    "otel.span.parent.origin",
    "otel.span.sampling_result",
    "otel.status_code",
    "system.paging.direction",
}
_TOO_GENERAL = {
    "message.compressed_size",
    "message.id",
    "message.type",
    "message.uncompressed_size",
    "pool.name",
    "state",
}
"""Names of old conventions that applications use for things of their own."""
_EITHER = ("exception.type", "exception.message")
"""Attributes of which each is required on the condition that the other is absent."""
_MOVED = "Moved to the"
"""Begin of the note on attributes that another repository of the same project defines now: not deprecated."""


def _read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def _write(file: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    lines = [_ORIGIN, *("\t".join(cells) for cells in (header, *rows))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


class _Conventions:
    def __init__(self, folder: Path) -> None:
        self.attributes = {row["key"]: row for row in _read(folder / "attributes.tsv")}
        self.groups = _read(folder / "groups.tsv")
        changes = [
            c
            for c in _read(folder / "schema_changes.tsv")
            if c["change"] == "rename_attributes" and c["section"] != "metrics"
        ]
        # Newest first in the source: the newest rename of a name is the one that counts.
        self.renames: dict[str, tuple[str, str]] = {}
        for change in changes:
            self.renames.setdefault(change["old_name"], (change["version"], change["new_name"]))

    def is_current(self, key: str) -> bool:
        row = self.attributes.get(key)
        return row is not None and (not row["deprecated"] or row["deprecation_note"].startswith(_MOVED))

    def replacements(self, key: str) -> list[str]:
        """Current keys to write instead, after every later rename; none when there is no such key."""
        seen = {key}
        while not self.is_current(key):
            row = self.attributes.get(key, {})
            newer = row.get("renamed_to") or self.renames.get(key, ("", ""))[1]
            if not newer or newer in seen:
                named = re.findall(r"`([a-z0-9_.]+)`", row.get("deprecation_note", ""))
                return [name for name in dict.fromkeys(named) if self.is_current(name)]
            seen.add(newer)
            key = newer
        return [key]

    def resource_only(self) -> set[str]:
        """Attributes of entities that no convention of spans, events or metrics has."""
        by_signal = {
            s: {g["attribute"] for g in self.groups if g["signal"] == s}
            for s in ("entity", "span", "event", "metric")
        }
        return by_signal["entity"] - by_signal["span"] - by_signal["event"] - by_signal["metric"]

    def attribute_rows(self) -> Iterator[list[str]]:
        resource_only = self.resource_only()
        for key in sorted({*self.attributes, *self.renames} - _TOO_GENERAL):
            row = self.attributes.get(key, {})
            kind = row.get("type", "")
            is_closed = key in _CLOSED or kind == "enum:int"
            is_old = not self.is_current(key)
            yield [
                key,
                kind.replace("enum:", ""),
                row.get("members", "") if is_closed else "",
                "resource" if key in resource_only else "",
                "yes" if is_old else "",
                self.renames.get(key, ("", ""))[0] if is_old else "",
                "|".join(self.replacements(key)) if is_old else "",
            ]

    def group_rows(self) -> Iterator[list[str]]:
        required: dict[str, list[str]] = {}
        kinds = {}
        for group in self.groups:
            if group["signal"] == "span" and not group["deprecated"] and group["requirement"] == "required":
                required.setdefault(group["group"], []).append(group["attribute"])
                kinds[group["group"]] = group["span_kind"]
        for name in sorted(required):
            yield [name, kinds[name], "|".join(required[name])]

    def event_rows(self) -> Iterator[list[str]]:
        """By event what it must have, of what is written with a slash one."""
        found: dict[str, dict[str, str]] = {}
        for group in self.groups:
            if group["signal"] == "event" and not group["deprecated"]:
                found.setdefault(group["name"], {})[group["attribute"]] = group["requirement"]
        for name, asked in sorted(found.items()):
            required = [key for key, requirement in asked.items() if requirement == "required"]
            if all(asked.get(key) == "conditionally_required" for key in _EITHER):
                required.append("/".join(_EITHER))
            if required:
                yield [name, "|".join(required)]


def write(folder: Path) -> None:
    """Write all files from the folder's tables."""
    conventions = _Conventions(folder)
    header = ("key", "type", "closed_members", "level", "is_deprecated", "renamed_in", "replacements")
    _write(ATTRIBUTES_FILE, header, conventions.attribute_rows())
    _write(GROUPS_FILE, ("group", "span_kind", "required"), conventions.group_rows())
    _write(EVENTS_FILE, ("event", "required"), conventions.event_rows())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
