"""A real MLflow store for the tests that need one."""

from __future__ import annotations

import importlib
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from run_folders import local_store

from runner.tracking.sending.connection import connect
from runner.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient


def opened(folder: Path) -> Store:
    """A SQLite store in a folder, its database made; the first in a process imports MLflow."""
    store = local_store(folder)
    assert store.database is not None
    if not store.database.exists():
        folder.mkdir(parents=True, exist_ok=True)
        store.database.write_bytes(_new_database())
    _connected(store)
    return store


@cache
def _new_database() -> bytes:
    """The database of a store that nothing is in: MLflow takes a second to make one, by all of its migrations."""
    with tempfile.TemporaryDirectory() as folder:
        store = local_store(Path(folder))
        assert store.database is not None
        _connected(store)
        return store.database.read_bytes()


def _connected(store: Store) -> None:
    with warnings.catch_warnings():
        # MLflow's own tables use what the next SQLAlchemy will drop; its own types miss what it wants of others'.
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy is deprecated")
        warnings.filterwarnings("ignore", ".*Any type hint is inferred as AnyType")
        connect(store)
        importlib.import_module("mlflow.pyfunc")


def client_of(store: Store) -> MlflowClient:
    """MLflow's client of a store."""
    return connect(store)
