"""What `make test-surfaces` says on a machine without Chromium, to somebody who may not install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.surfaces

ROOT = Path(__file__).parents[2]
TOOLS = ("make", "bash", "sh", "find", "id", "grep", "awk")
NOBODY = 65534


def test_the_browser_is_absent() -> None:
    # Not pytest's folder, nor the checkout: another user may not be able to read these.
    with tempfile.TemporaryDirectory() as folder, (ROOT / "Makefile").open() as makefile:
        Path(folder).chmod(0o755)
        for tool in TOOLS:
            Path(folder, tool).symlink_to(str(shutil.which(tool)))
        done = subprocess.run(
            [str(shutil.which("make")), "-f", "-", "-s", "chromium"],
            stdin=makefile,
            cwd=folder,
            env={"PATH": folder},
            user=NOBODY if os.getuid() == 0 else None,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2, "make's own code for a recipe that failed"
    assert done.stdout == (
        "Chromium is missing and only root may install it: apt-get install chromium, then run make again.\n"
    )
