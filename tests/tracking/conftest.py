"""A store for all tests of tracking: making one takes two seconds."""

from __future__ import annotations

import pytest
from mlflow_stores import opened

from runner.tracking.store import Store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A SQLite store that is made once."""
    return opened(tmp_path_factory.mktemp("store"))
