"""One writer at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseError

_LOCK_FILE = "_ingest.lock"


@contextmanager
def ingest_lock(lake: Path) -> Iterator[None]:
    """Hold the lake's writer lock. The system frees it with the process, however that ends.

    Raises WarehouseError at once when another process holds it. *Not handled*: lakes on object stores, and
    network file systems without locks.
    """
    with (lake / _LOCK_FILE).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(
                f"Another ingest is writing to {lake}: wait until it is done, then run this one again."
            ) from error
        yield
