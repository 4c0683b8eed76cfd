"""One lake and one served file for all tests of the command line; tests only read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli import run

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"


@dataclass(frozen=True)
class Demo:
    """Folder of a finished demo, its figures, and what it printed."""

    folder: Path
    figures: dict[str, Any]

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    done = run("demo", "--folder", folder, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return Demo(folder, json.loads(done.stdout))
