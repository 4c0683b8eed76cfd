"""Files that are written anew while a batch is read: told by what the ledger would tell them by."""

from __future__ import annotations

import os
from typing import BinaryIO, NoReturn

from warehouse.otlp.content import UnreadableSource, head_hash, reading
from warehouse.otlp.splits import FileRange

_CHANGED = "it was changed while the batch was read, and the next ingest takes it as it is then"


class SourceChanged(UnreadableSource):
    """A file holds other bytes than before it was read: nothing that was read of it counts."""

    def __init__(self, file: int) -> None:
        super().__init__(_CHANGED)
        self.file = file
        """Its number in the batch."""


def check_unchanged(file: BinaryIO, piece: FileRange) -> None:
    """Raises SourceChanged when the open file is neither the planned one nor that one with bytes appended.

    Objects of a store are read in the version that was planned.
    """
    if not piece.modified_unix_nano or piece.etag:
        return
    with reading():
        stat = os.fstat(file.fileno())
        if (stat.st_size, stat.st_mtime_ns) == (piece.file_size, piece.modified_unix_nano):
            return
        head = os.pread(file.fileno(), piece.head_bytes, 0)
    if stat.st_size <= piece.file_size or head_hash(head, piece.head_bytes) != piece.head_hash:
        raise SourceChanged(piece.file)


def refuse(file: int) -> NoReturn:
    """Do not open the file with this number: it changed."""
    raise SourceChanged(file)
