"""Locks in an object store: leases that their holders renew, kept by conditional writes alone.

The lock is an object that names its holder. It is created where there is none, and from then on only written
over the version that was seen, so of two runs one gets it. A holder renews it as long as it lives; one that
was killed does not. Its lock is taken over at once when this machine can tell that the process is gone, and
else when it was not renewed for `LEASE_SECONDS` by the clock of the store.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.stores import objects, writing
from warehouse.stores.places import StorePlace
from warehouse.stores.writing import Version

LEASE_SECONDS = 60
"""A lock that was not renewed for so long belongs to nobody."""
_RENEWALS = 6
"""Renewals in the time of a lease: several may fail before the lock is lost."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as people are told, and how long it has not been renewed, in seconds."""

    host: str
    process: int
    idle_seconds: int


class Lease:
    """A lock that is held and renewed by a thread of its own."""

    def __init__(self, file: StorePlace, claim: dict[str, Any], version: Version) -> None:
        self._file, self._claim = file, claim
        self._version: Version | None = version
        self._one_at_a_time, self._is_over = threading.Lock(), threading.Event()
        self._renewing = threading.Thread(target=self._keep, daemon=True)
        self._renewing.start()

    def check(self) -> None:
        """Renew it now; call before anything is committed. Raises WarehouseError when another run has it."""
        self._renew()
        if self._version is None:
            raise WarehouseError(
                f"The lock {self._file} was not renewed for {LEASE_SECONDS} s and went to another run, which "
                "goes on with what this one began: wait until it is done, then run this one again."
            )

    def release(self) -> None:
        self._is_over.set()
        self._renewing.join()
        if self._version is not None:
            writing.overwrite(self._file.root, self._file.key, _FREE, self._version)

    def _keep(self) -> None:
        while not self._is_over.wait(LEASE_SECONDS / _RENEWALS):
            with suppress(OSError):  # tried again; what counts is what the store says when it answers
                self._renew()

    def _renew(self) -> None:
        with self._one_at_a_time:
            if self._version is not None:
                self._claim["renewals"] += 1
                self._version = _written(self._file, self._claim, self._version)


_FREE = json.dumps({"id": None}).encode()


def acquire(file: StorePlace) -> Lease | Holder:
    """The lock, or who holds it. Raises WarehouseError when the store ignores conditions of writes."""
    claim = {"id": uuid.uuid4().hex, "host": socket.gethostname(), **_process(), "renewals": 0}
    found = writing.read_version(file.root, file.key)
    if found is None:
        _check_conditions(file)
        version = _written(file, claim, None)
    else:
        held, seen = json.loads(found[0]), found[1]
        if held["id"] is not None and not _is_dead(held) and (idle := _idle_seconds(file)) < LEASE_SECONDS:
            return Holder(held["host"], held["process"], idle)
        version = _written(file, claim, seen)
    return Lease(file, claim, version) if version else _winner(file)


def _winner(file: StorePlace) -> Holder:
    """Who was faster."""
    found = writing.read_version(file.root, file.key)
    held = json.loads(found[0]) if found else {}
    return Holder(held.get("host", "an unknown host"), held.get("process", 0), 0)


def _written(file: StorePlace, claim: dict[str, Any], seen: Version | None) -> Version | None:
    """The version written over the one that was seen; None when somebody else wrote meanwhile."""
    data = json.dumps(claim).encode()
    version = (
        writing.overwrite(file.root, file.key, data, seen)
        if seen
        else writing.write_new(file.root, file.key, data)
    )
    if version is None:
        # A write whose answer was lost is sent again by the connection, and then finds itself.
        found = writing.read_version(file.root, file.key)
        if found and found[0] == data:
            return found[1]
    return version


def _check_conditions(file: StorePlace) -> None:
    """Once for a lake: a store that takes conditional writes and ignores the condition would lose commits."""
    if not keeps_conditions(file.parent):
        raise WarehouseError(
            f"{file.root} ignores the conditions of writes (If-None-Match), so two runs could overwrite each "
            "other: keep the lake in a store that honours them, or on a disk."
        )


def keeps_conditions(folder: StorePlace) -> bool:
    """Whether the store refuses to create an object twice. Raises OSError when it refuses at all."""
    probe = folder / f"_probe-{uuid.uuid4().hex}"
    try:
        writing.write_new(probe.root, probe.key, b"1")
        return writing.write_new(probe.root, probe.key, b"2") is None
    finally:
        probe.unlink()


def _idle_seconds(file: StorePlace) -> int:
    """Seconds since the lock was written, by the clock of the store."""
    probe = file.parent / f"_probe-{uuid.uuid4().hex}"
    probe.write_bytes(b"")
    try:
        now, held = (objects.head(place.root, place.key) for place in (probe, file))
    finally:
        probe.unlink()
    if now is None or held is None:
        return 0
    return (now.modified_unix_nano - held.modified_unix_nano) // 1_000_000_000


def _process() -> dict[str, Any]:
    """This process, and where its number means something."""
    return {"process": os.getpid(), "started": _started(os.getpid()), "machine": _machine()}


def _is_dead(held: dict[str, Any]) -> bool:
    """Whether the holder ran where this process runs, and is gone for certain."""
    is_here = _machine() is not None and held.get("machine") == _machine()
    return is_here and held.get("started") != _started(held["process"])


@cache
def _machine() -> str | None:
    """The boot and the namespace that process numbers belong to; None where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def _started(process: int) -> str | None:
    """When a process started, in ticks since the boot: numbers are used again. None when it is gone."""
    try:
        told = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    return told.rpartition(")")[2].split()[19]
