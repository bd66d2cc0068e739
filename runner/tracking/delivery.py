"""The one place that speaks to MLflow: a store made ready, and one run in it.

Everything is sent in few large calls: a `log_metric` for every point would take a store 2.5 ms each, a batch
of 1,000 70 ms.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from filelock import FileLock

from runner.tracking.content import run as words
from runner.tracking.content.model import columns_of, save_model
from runner.tracking.content.sketch import Point
from runner.tracking.store import Store, redact

if TYPE_CHECKING:
    from mlflow import MlflowClient

FILES = (
    "run.json",
    "history.parquet",
    "events.jsonl",
    "findings.json",
    "summary.json",
    "weights.npz",
    "report.html",
    "changes.diff",
    ".hydra/config.yaml",
    ".hydra/hydra.yaml",
    ".hydra/overrides.yaml",
)
_TEXTS = (".json", ".jsonl", ".yaml", ".html", ".diff", ".md")
_LARGEST_BATCH = 1000  # of metrics; MLflow refuses more
_MOST_PARAMETERS = 100  # in one call, the same
_MODEL = "model"

# What MLflow reads from the environment when it is imported or first used; the user's own values win.
_MANNERS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # a run is nobody else's business
    # Its own 7 make one call to a dead server last 247 s, and repeat what may have arrived; `track` tries again itself.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is for results
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # drawn on standard error where tqdm is installed
    "MLFLOW_UV_AUTO_DETECT": "false",  # the working folder's pyproject.toml is not the model's
}
# The same while files are sent: six attempts, less than a second apart.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0"}

T = TypeVar("T")


class StoreError(Exception):
    """The store can be reached, but not used as asked; the message says what to do."""


def connect(store: Store) -> MlflowClient:
    """A client of the store, its database made and migrated if need be, by one process at a time."""
    for name, value in _MANNERS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    if store.database is None:
        return MlflowClient(store.uri)
    store.database.parent.mkdir(parents=True, exist_ok=True)
    # Processes that start on a new file together crash in each other's migrations.
    with FileLock(f"{store.database}.lock"):
        return MlflowClient(store.uri)


def experiment_id(client: MlflowClient, store: Store) -> str:
    """The experiment's id; it is made where it doesn't exist. Raises StoreError where it was deleted."""
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(store.experiment)
    if experiment is None:
        # Without a place of its own, the artifacts of a local store would go to ./mlruns.
        place = None if store.is_server else Path(store.artifacts).as_uri()
        try:
            return str(client.create_experiment(store.experiment, artifact_location=place))
        except MlflowException:
            experiment = client.get_experiment_by_name(store.experiment)  # another process was faster
            if experiment is None:
                raise
    if experiment.lifecycle_stage == "deleted":
        raise StoreError(
            f"the experiment {store.experiment!r} was deleted in {store.shown}; restore it with "
            f"`mlflow experiments restore --experiment-id {experiment.experiment_id}` or name another "
            "(tracking.experiment=...)"
        )
    return str(experiment.experiment_id)


@dataclass(frozen=True)
class Delivery:
    """One run in the store."""

    client: MlflowClient
    run_id: str
    experiment_id: str
    folder: Path
    record: Mapping[str, Any]

    @classmethod
    def create(cls, store: Store, folder: Path, record: Mapping[str, Any], tags: Mapping[str, str]) -> Delivery:
        """A new MLflow run, with its tags, for the run folder."""
        client = connect(store)
        experiment = experiment_id(client, store)
        run = client.create_run(
            experiment,
            start_time=words.started_ms(record),
            tags=dict(tags),
            run_name=words.run_name(record),
        )
        return cls(client, run.info.run_id, experiment, folder, record)

    @classmethod
    def take_up(
        cls, store: Store, folder: Path, record: Mapping[str, Any], run_id: str | None = None
    ) -> Delivery | None:
        """The MLflow run that the run folder has already: `run_id`, else the one with its key; None where none has."""
        client = connect(store)
        experiment = experiment_id(client, store)
        if run_id is None:
            run_id = next(iter(_runs_with_key(client, experiment, record)), None)
        return None if run_id is None else cls(client, run_id, experiment, folder, record)

    def delete_doubles(self, model_id: str | None) -> None:
        """Delete the runs beside this one, and its models but `model_id`, that a network that repeats requests made."""
        for run_id in _runs_with_key(self.client, self.experiment_id, self.record):
            if run_id != self.run_id:
                self.client.delete_run(run_id)
        if model_id is not None:
            self._delete_models(but=model_id)

    def reopen(self) -> None:
        """Take back that the run has ended, for it goes on."""
        self.client.update_run(self.run_id, "RUNNING")
        for tag in set(words.OUTCOME_TAGS) & set(self.client.get_run(self.run_id).data.tags):
            self.client.delete_tag(self.run_id, tag)

    def describe(self) -> None:
        """Send the parameters and the data set."""
        from mlflow.entities import Dataset, DatasetInput, InputTag, Param

        parameters = [Param(key, value) for key, value in words.parameters(self.record).items()]
        for batch in batched(parameters, _MOST_PARAMETERS):
            self.client.log_batch(self.run_id, params=batch)
        dataset = Dataset(**words.dataset_entry(self.record))
        context = [InputTag("mlflow.data.context", "training")]
        self.client.log_inputs(self.run_id, [DatasetInput(dataset, context)])

    def send(self, points: Sequence[Point], timestamps: Sequence[int], tags: Mapping[str, str] | None = None) -> None:
        """Send points, with the time of each in milliseconds since 1970, and tags."""
        from mlflow.entities import Metric, RunTag

        metrics = [Metric(p.name, p.value, t, p.step) for p, t in zip(points, timestamps, strict=True)]
        *full, last = [*batched(metrics, _LARGEST_BATCH)] or [[]]
        for batch in full:
            self.client.log_batch(self.run_id, metrics=batch)
        self.client.log_batch(
            self.run_id, metrics=last, tags=[RunTag(key, value) for key, value in (tags or {}).items()]
        )

    def upload(self, names: Iterable[str] = FILES) -> None:
        """Send the files that the run left, texts without passwords."""
        with tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
            stage(self.folder, names, Path(scratch))
            with _patiently():
                self.client.log_artifacts(self.run_id, scratch)

    def create_model(self) -> str:
        """Make an empty MLflow model of the run, in place of any that was begun before; gives its id.

        Done with the client's own calls: `mlflow.pyfunc.log_model` works on the process's current run, store
        and experiment, and one process here carries runs of several.
        """
        self._delete_models()
        model_id = self.client.create_logged_model(self.experiment_id, name=_MODEL, source_run_id=self.run_id).model_id
        return str(model_id)

    def log_model(self, model_id: str) -> None:
        """Send the trained network as the content of the model, so that `runs:/<id>/model` names it."""
        from mlflow.entities import LoggedModelOutput, LoggedModelStatus
        from mlflow.models import Model

        logged = self.client.get_logged_model(model_id)
        with tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
            destination = Path(scratch, _MODEL)
            model = Model(
                artifact_path=logged.artifact_location,
                run_id=self.run_id,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
            )
            save_model(self.folder, columns_of(self.record), destination, mlflow_model=model)
            with _patiently():
                self.client.log_model_artifacts(logged.model_id, str(destination))
        self.client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
        outputs = self.client.get_run(self.run_id).outputs
        if outputs is None or model_id not in [output.model_id for output in outputs.model_outputs]:
            self.client.log_outputs(self.run_id, [LoggedModelOutput(logged.model_id, step=0)])

    def _delete_models(self, but: str | None = None) -> None:
        condition = f"source_run_id = '{self.run_id}'"
        for model in self.client.search_logged_models([self.experiment_id], condition):
            if model.model_id != but:
                self.client.delete_logged_model(model.model_id)

    def end(self, status: str, at: int) -> None:
        """End the run as FINISHED, KILLED or FAILED, `at` a time in milliseconds since 1970."""
        self.client.set_terminated(self.run_id, status, at)


@contextmanager
def _patiently() -> Iterator[None]:
    """Have MLflow repeat a request that fails: many files in a row would else never all arrive over a bad network.

    Only for files, which may be sent twice.
    """
    before = {name: os.environ.get(name) for name in _PATIENCE}
    if before["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == _MANNERS["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]:
        os.environ.update(_PATIENCE)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _runs_with_key(client: MlflowClient, experiment: str, record: Mapping[str, Any]) -> list[str]:
    """The ids of the runs, oldest first, that were made for the run of this record."""
    key = record.get("key")
    if key is None:
        return []
    runs = client.search_runs([experiment], f"tags.`{words.KEY_TAG}` = '{key}'", order_by=["attributes.start_time"])
    return [run.info.run_id for run in runs]


def stage(folder: Path, names: Iterable[str], destination: Path) -> None:
    """The named files of `folder`, as far as they exist: links, but texts written anew without passwords.

    A link in the folder that leads out of it is left out.
    """
    for name in names:
        source, target = folder / name, destination / name
        if not source.is_file() or not source.resolve().is_relative_to(folder.resolve()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix in _TEXTS:
            target.write_text(redact(source.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            target.symlink_to(source.absolute())


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
