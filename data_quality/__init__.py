"""The gate: Great Expectations suites over the star, and their results as rows.

Importing the package imports Great Expectations without what no suite uses, in half the time.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


def _stand_in(name: str) -> ModuleType:
    """An empty module. With a spec: Spark, where it was imported before, asks whether SciPy is there."""
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    return module


_SCIPY = _stand_in("scipy")
_SCIPY.stats = _stand_in("scipy.stats")  # type: ignore[attr-defined]
# Spark is imported where it is found, and that import ends the process when Spark Connect's dependencies are
# missing. SciPy and Altair serve the distribution expectations alone: empty stand-ins satisfy their imports.
_UNUSED = {"pyspark": None, "scipy": _SCIPY, "altair": _stand_in("altair")}
_hidden = {name: module for name, module in _UNUSED.items() if name not in sys.modules}

sys.modules.update(_hidden)  # type: ignore[arg-type]
try:
    import great_expectations  # noqa: F401
finally:
    for _name in _hidden:
        del sys.modules[_name]
