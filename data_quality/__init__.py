"""The gate: Great Expectations suites over the star, and their results as rows.

Importing the package imports Great Expectations without what no suite uses, in half the time.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

_SCIPY = ModuleType("scipy")
_SCIPY.stats = ModuleType("scipy.stats")  # type: ignore[attr-defined]
# Spark is imported where it is found, and that import ends the process when Spark Connect's dependencies are
# missing. SciPy and Altair serve the distribution expectations alone: empty stand-ins satisfy their imports.
_UNUSED = {"pyspark": None, "scipy": _SCIPY, "altair": ModuleType("altair")}
_hidden = {name: module for name, module in _UNUSED.items() if name not in sys.modules}

sys.modules.update(_hidden)  # type: ignore[arg-type]
try:
    import great_expectations  # noqa: F401
finally:
    for _name in _hidden:
        del sys.modules[_name]
