"""Content hashes of the lake, stated from the documented canonical encoding."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import xxhash

Attributes = Mapping[str, tuple[str, str]]
"""Attribute key -> (type letter, text), after the last of equal keys has won."""


def text(value: str | None) -> bytes:
    """A string as its UTF-8 length (uint32 little-endian) and bytes; None as the empty string."""
    raw = (value or "").encode("utf-8")
    return struct.pack("<I", len(raw)) + raw


def i64(value: int) -> bytes:
    """A signed or unsigned integer as eight little-endian bytes, wrapped to 64 bits."""
    return struct.pack("<Q", value % 2**64)


def u8(value: int) -> bytes:
    return bytes([value])


def unsigned_hash(data: bytes, seed: int = 0) -> int:
    return xxhash.xxh3_64_intdigest(data, seed=seed)


def key(data: bytes) -> int:
    """XXH3-64 with seed 0, read as a signed 64-bit integer."""
    value = unsigned_hash(data)
    return value - 2**64 if value >= 2**63 else value


def attributes(entries: Attributes) -> bytes:
    """Order-free: the number of entries and the sum of their hashes."""
    total = sum(
        unsigned_hash(value.encode("utf-8"), seed=(unsigned_hash(name.encode("utf-8")) + ord(letter)) % 2**64)
        for name, (letter, value) in entries.items()
    )
    return i64(len(entries)) + i64(total)


def resource_key(schema_url: str, entries: Attributes, dropped: int, entity_refs: str | None) -> int:
    return key(text("resource") + text(schema_url) + attributes(entries) + i64(dropped) + text(entity_refs))


def scope_key(schema_url: str, name: str, version: str, entries: Attributes, dropped: int) -> int:
    return key(
        text("scope") + text(schema_url) + text(name) + text(version) + attributes(entries) + i64(dropped)
    )


def operation_key(service_name: str | None, span_name: str, kind: int) -> int:
    known = u8(0 if service_name is None else 1)
    return key(text("operation") + text(service_name) + known + text(span_name) + i64(kind))


def stream_key(
    resource: int,
    scope: int,
    name: str,
    unit: str,
    metric_type: str,
    temporality: str | None,
    is_monotonic: bool | None,
    entries: Attributes,
) -> int:
    monotonic = u8({False: 0, True: 1, None: 2}[is_monotonic])
    stream = key(
        text(name) + text(unit) + text(metric_type) + text(temporality) + monotonic + attributes(entries)
    )
    return key(text("stream") + i64(resource) + i64(scope) + i64(stream))
