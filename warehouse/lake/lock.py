"""One writer at a time."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.stores.leases import LEASE_SECONDS, Holder, Lease, acquire
from warehouse.stores.places import Place, StorePlace

_LOOK_SECONDS = 0.2
_held: list[Lease] = []
"""Locks in stores that this process holds."""


@contextmanager
def ingest_lock(lake: Place) -> Iterator[None]:
    """Hold the lake's lock of ingest; see `_hold`."""
    with _hold(lake / "_ingest.lock", f"Another ingest is writing to {lake}"):
        yield


@contextmanager
def assembly_lock(lake: Place) -> Iterator[None]:
    """Hold the lake's lock of assembly; see `_hold`. Ingest may run meanwhile."""
    with _hold(lake / "_assembly.lock", f"Another assemble is working on {lake}"):
        yield


@contextmanager
def stream_lock(progress: Place) -> Iterator[None]:
    """Hold the lock of a stream's progress folder; see `_hold`."""
    with _hold(progress / "_stream.lock", f"Another stream keeps its progress in {progress}"):
        yield


@contextmanager
def commit_lock(lake: Place) -> Iterator[None]:
    """Wait while another run commits its tables, then hold the lock: the versions pinned stay together.

    Raises WarehouseError when a lock that this process relies on went to another run meanwhile.
    """
    file = lake / "_commit.lock"
    if isinstance(file, StorePlace):
        while isinstance(lease := acquire(file), Holder):
            time.sleep(_LOOK_SECONDS)
        with _released(lease):
            for held in _held:
                held.check()
            yield
        return
    assert isinstance(file, Path)
    with file.open("a") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


@contextmanager
def _hold(file: Place, refusal: str) -> Iterator[None]:
    """Hold a lock file. The system frees it with the process, however that ends; see `leases` for stores.

    Raises WarehouseError at once when another process holds it. *Not handled*: network file systems without
    locks.
    """
    if isinstance(file, StorePlace):
        lease = acquire(file)
        if isinstance(lease, Holder):
            raise WarehouseError(
                f"{refusal} (process {lease.process} on {lease.host}, seen {lease.idle_seconds} s ago): wait "
                "until it is done, then run this one again; if it was killed, its lock lapses "
                f"{LEASE_SECONDS} s after it was last seen."
            )
        with _released(lease):
            yield
        return
    assert isinstance(file, Path)
    with file.open("a") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(f"{refusal}: wait until it is done, then run this one again.") from error
        yield


@contextmanager
def _released(lease: Lease) -> Iterator[None]:
    _held.append(lease)
    try:
        yield
    finally:
        _held.remove(lease)
        lease.release()
