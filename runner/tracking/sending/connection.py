"""A client of a store, and the experiment in it, made ready for use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from runner.errors import UserError
from runner.tracking.content.experiment import experiment_tags
from runner.tracking.sending.making import make
from runner.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

# What MLflow reads from the environment when it is imported or first used; values that the user has set are kept.
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # no data about runs is sent to others
    # MLflow's 7 make a call to a dead server last 247 s, and repeat what may have arrived; `track` retries itself.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is for results
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # drawn on standard error where tqdm is installed
    "MLFLOW_UV_AUTO_DETECT": "false",  # the working folder's pyproject.toml is not the model's
}
# The same while files are sent: six attempts, less than a second apart.
_FOR_FILES = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0"}
_PATIENCE = 30.0  # seconds for another process that makes the store, which takes two


class StoreError(UserError):
    """The store can be reached but not used as configured; the message says what to do."""


def connect(store: Store) -> MlflowClient:
    """A client of the store; its database is made if necessary, by one process at a time (see `making`)."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    if store.database is None:
        return MlflowClient(store.uri)
    store.database.parent.mkdir(parents=True, exist_ok=True)
    # Processes that open a new file at the same time crash in each other's migrations.
    lock = f"{store.database}.lock"
    try:
        with FileLock(lock, timeout=_PATIENCE):
            make(store.database)
            return MlflowClient(store.uri)
    except Timeout:
        raise StoreError(f"another process has kept the store locked for {_PATIENCE:g} seconds: {lock}") from None


def experiment_id(client: MlflowClient, store: Store) -> str:
    """The experiment's id; it is created if it doesn't exist. Raises StoreError if it was deleted."""
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(store.experiment)
    if experiment is None:
        # Without a location of its own, the artifacts of a local store would go to ./mlruns.
        place = None if store.is_server else Path(store.artifacts).as_uri()
        tags = experiment_tags()
        try:
            return str(client.create_experiment(store.experiment, artifact_location=place, tags=tags))
        except MlflowException:
            experiment = client.get_experiment_by_name(store.experiment)  # another process has created it
            if experiment is None:
                raise
    if experiment.lifecycle_stage == "deleted":
        raise StoreError(
            f"the experiment {store.experiment!r} was deleted in {store.shown}; restore it with "
            f"`mlflow experiments restore --experiment-id {experiment.experiment_id}` or name another "
            "(tracking.experiment=...)"
        )
    for name, text in experiment_tags().items():
        if name not in experiment.tags:  # the experiment was made by somebody else, or by an earlier version
            client.set_experiment_tag(experiment.experiment_id, name, text)
    return str(experiment.experiment_id)


@contextmanager
def repeating_requests() -> Iterator[None]:
    """Let MLflow retry failed requests: over a bad network many files in a row would never all arrive otherwise.

    Only for files, which may be sent twice.
    """
    before = {name: os.environ.get(name) for name in _FOR_FILES}
    if before["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == _ENVIRONMENT["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]:
        os.environ.update(_FOR_FILES)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
