"""Where Arrow takes memory from while traces are assembled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def system_memory() -> Iterator[None]:
    """Arrow's memory comes from the system within the block, then from where it came before.

    Units come and go by hundreds of megabytes. Arrow's own pools keep a fifth more than is needed, and the
    huge pages of one of them can cost as much time as assembling does.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
