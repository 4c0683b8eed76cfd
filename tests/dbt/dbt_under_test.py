"""What the tests of the dbt project share: the outcome of one `dbt build`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DbtBuild:
    """What dbt made of the project: its manifest, and status and message by node."""

    manifest: dict[str, Any]
    results: dict[str, tuple[str, str | None]]
