"""A reader for a store: by SQL where that is possible, else by MLflow's client."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from runner.errors import Problem, UserError
from runner.redaction import redact
from runner.tracking.sending.connection import connect
from runner.tracking.store import Store
from runner.tracking.stored.mlflow import MlflowReader
from runner.tracking.stored.run import Reader
from runner.tracking.stored.sqlite import SqliteReader


@contextmanager
def reader(store: Store) -> Iterator[Reader]:
    """A reader of the store within the block; `UserError` where the store fails."""
    found = _of_file(store)
    if found is None:
        with by_mlflow(store) as client:
            yield client
        return
    try:
        yield found
    except sqlite3.Error as error:
        raise UserError(Problem("tracking.uri", f"the store can't be read: {error}", given=store.shown)) from error
    finally:
        found.close()


@contextmanager
def by_mlflow(store: Store, path: str = "tracking.uri", given: str | None = None) -> Iterator[MlflowReader]:
    """The same by MLflow's client, whatever the store; an error is blamed on the setting or flag `path`."""
    with store_errors(store, path, given):
        yield MlflowReader(connect(store))


@contextmanager
def store_errors(store: Store, path: str = "tracking.uri", given: str | None = None) -> Iterator[None]:
    """Turn errors of the store into `UserError`: an old schema, a stopped server; or, with `path`, a bad filter."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise UserError(Problem(path, redact(error.message), given=given or store.shown)) from None


def _of_file(store: Store) -> SqliteReader | None:
    if store.database is None:
        return None
    try:
        return SqliteReader(store.database)
    except sqlite3.Error:  # another schema, or a file that is locked: MLflow knows what to do, or to say
        return None
