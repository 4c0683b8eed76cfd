"""Where memory comes from while traces are assembled, and when it goes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from warehouse.heap import LARGEST_IN_HEAPS, Setting, set_heap

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
        _keep(2 * LARGEST_IN_HEAPS)
        pa.system_memory_pool().release_unused()
        pa.set_memory_pool(before)


def _keep(size: int) -> None:
    """Freed bytes that stay with the process."""
    set_heap({Setting.MMAP_THRESHOLD: LARGEST_IN_HEAPS, Setting.TRIM_THRESHOLD: size})
