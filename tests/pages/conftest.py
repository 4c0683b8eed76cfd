"""One warehouse for all tests of what people look at; tests only read it."""

from __future__ import annotations

import pytest
from incident import Served, serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return serve(tmp_path_factory.mktemp("incident"))
