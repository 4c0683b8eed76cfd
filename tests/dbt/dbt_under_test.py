"""What the tests of the dbt project share: the outcome of one `dbt build`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DbtBuild:
    """What dbt made of the project: its manifests, status and message by node, and the file it built."""

    manifest: dict[str, Any]
    results: dict[str, tuple[str, str | None]]
    semantic_manifest: dict[str, Any]
    file: Path
