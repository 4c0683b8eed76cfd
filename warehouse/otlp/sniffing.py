"""Telling the form of bytes from their beginning."""

from __future__ import annotations

from warehouse import _native

SNIFF_BYTES = 64 * 1024
COMPRESSED = ("gzip", "zstd")
"""Forms that are one stream of compressed bytes. Offsets in such files count decompressed bytes."""


def sniff(head: bytes, size: int) -> str:
    """Form of a file from its first SNIFF_BYTES bytes; names never count."""
    return str(_native.sniff(head, len(head) >= size))
