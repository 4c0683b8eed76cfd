"""What the C library keeps of freed memory, so that the next work need not touch it page by page anew."""

from __future__ import annotations

import ctypes
from enum import IntEnum


class Setting(IntEnum):
    """Parameters of the GNU library's mallopt, in bytes."""

    TRIM_THRESHOLD = -1
    """Free bytes at the end of a heap from which on they go back to the system."""
    TOP_PAD = -2
    """Bytes that a heap asks for and keeps beyond what is needed."""
    MMAP_THRESHOLD = -3
    """Size from which on a block is mapped by itself, and goes back when it is freed."""


LARGEST_IN_HEAPS = 32 << 20
"""The largest MMAP_THRESHOLD that the library takes; it comes to this by itself in time."""


def set_heap(sizes: dict[Setting, int]) -> None:
    """Set parameters of this process's heaps; other libraries than GNU's decide for themselves."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        for setting, size in sizes.items():
            mallopt(int(setting), size)
