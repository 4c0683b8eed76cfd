"""Compressed and framed files, and what a lake holds of them."""

from __future__ import annotations

import struct
from pathlib import Path

import zstandard
from lake_rows import column

from warehouse.lake.ingest import ingest


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def framed(messages: list[bytes]) -> bytes:
    frames = [zstd(m) for m in messages]
    return b"".join(struct.pack(">I", len(f)) + f for f in frames)


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def ingested(data: bytes, folder: Path, name: str, **options: int) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "source").write_bytes(data)
    ingest([folder / name / "source"], folder / name / "lake", **options)
    return folder / name / "lake"


def rows(lake: Path) -> dict[str, list[object]]:
    """Rows but for what tells one file from another."""
    return {
        "spans": column(lake, "spans_landing", "content_key", "byte_offset", "record_ordinal"),
        "logs": column(lake, "log_records", "body", "time_unix_nano"),
        "points": column(lake, "number_points", "time_unix_nano", "stream_key"),
    }


def spans(lake: Path) -> list[object]:
    return column(lake, "spans_landing", "content_key")
