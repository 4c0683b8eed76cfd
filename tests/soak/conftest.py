"""Sources are written with what the tests of ingest write theirs with."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "ingest"))
