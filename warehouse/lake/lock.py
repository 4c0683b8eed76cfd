"""One writer at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseError


@contextmanager
def ingest_lock(lake: Path) -> Iterator[None]:
    """Hold the lake's lock of ingest; see `_hold`."""
    with _hold(lake / "_ingest.lock", f"Another ingest is writing to {lake}"):
        yield


@contextmanager
def assembly_lock(lake: Path) -> Iterator[None]:
    """Hold the lake's lock of assembly; see `_hold`. Ingest may run meanwhile."""
    with _hold(lake / "_assembly.lock", f"Another assemble is working on {lake}"):
        yield


@contextmanager
def stream_lock(progress: Path) -> Iterator[None]:
    """Hold the lock of a stream's progress folder; see `_hold`."""
    with _hold(progress / "_stream.lock", f"Another stream keeps its progress in {progress}"):
        yield


@contextmanager
def commit_lock(lake: Path) -> Iterator[None]:
    """Wait while another run commits its tables, then hold the lock: the versions pinned stay together."""
    with (lake / "_commit.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _hold(path: Path, refusal: str) -> Iterator[None]:
    """Hold a lock file. The system frees it with the process, however that ends.

    Raises WarehouseError at once when another process holds it. *Not handled*: lakes on object stores, and
    network file systems without locks.
    """
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(f"{refusal}: wait until it is done, then run this one again.") from error
        yield
