"""Where the user's own thresholds of the gate lie."""

from __future__ import annotations

import os
from pathlib import Path

OWN_FILE = Path("otlp-warehouse-thresholds.toml")
VARIABLE = "OTLP_WAREHOUSE_THRESHOLDS"


def own_thresholds() -> Path | None:
    """The file that the environment names, there or not; else OWN_FILE, if the working directory has it."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else OWN_FILE if OWN_FILE.is_file() else None
