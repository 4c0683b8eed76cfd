"""Where memory comes from while traces are assembled, and when it goes back."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""
_MAPPED = 32 << 20
"""Bytes from which on glibc may be told to map a block of its own; it comes to this by itself in time."""
_KEPT = 1 << 30


@contextmanager
def system_memory() -> Iterator[None]:
    """Arrow's memory comes from the system within the block, then from where it came before.

    Units come and go by hundreds of megabytes. Arrow's own pools keep a fifth more than is needed, and the
    huge pages of one of them can cost as much time as assembling does. What a unit frees the next one takes:
    glibc would give it back at once, and the operating system clear it again.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    _keep(_KEPT)
    try:
        yield
    finally:
        _keep(2 * _MAPPED)
        pa.system_memory_pool().release_unused()
        pa.set_memory_pool(before)


def _keep(size: int) -> None:
    """Freed bytes that stay with the process; all allocators but glibc's decide for themselves."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, _MAPPED)
        mallopt(_TRIM_THRESHOLD, size)
