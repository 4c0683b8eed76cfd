"""One lake and one served file for all tests of the command line; tests only read them."""

from __future__ import annotations

import json

import pytest
from cli import Demo, run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    done = run("demo", "--folder", folder, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return Demo(folder, json.loads(done.stdout))
