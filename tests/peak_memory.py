"""How much memory a process needed at most.

Not from `getrusage`: a new process begins with the peak of its parent, the whole test run.
"""

from __future__ import annotations

import re
from pathlib import Path


def peak_bytes() -> int:
    """The most that this process held since it began, or since the last `forget_peak`."""
    return _status("VmHWM")


def forget_peak() -> int:
    """Begin to measure anew; what the process holds now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024
