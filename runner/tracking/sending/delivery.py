"""One run in the store: created, described, filled and ended.

Everything is sent in few large calls: a `log_metric` takes a store 2.5 ms, a batch of 1,000 points 70 ms.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from runner.files.names import CHANGES, EVENTS, FINDINGS, HISTORY, HYDRA, METRICS, RECORD, REPORT, SUMMARY, WEIGHTS
from runner.files.run_record import RunRecord
from runner.tracking.content import run as run_content
from runner.tracking.content.model import columns_of, save_model
from runner.tracking.content.naming import name_of
from runner.tracking.content.sketch import CurvePoint
from runner.tracking.sending.connection import connect, experiment_id, repeating_requests
from runner.tracking.sending.staging import stage
from runner.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

FILES = (RECORD, HISTORY, EVENTS, FINDINGS, SUMMARY, METRICS, WEIGHTS, REPORT, CHANGES, *HYDRA)
_LARGEST_BATCH = 1000  # of metrics; MLflow refuses more
_MOST_PARAMETERS = 100  # in one call, the same
_MODEL = "model"

T = TypeVar("T")


@dataclass(frozen=True)
class Delivery:
    """One run in the store."""

    client: MlflowClient
    run_id: str
    experiment_id: str
    folder: Path
    record: run_content.Described

    @classmethod
    def create(cls, store: Store, folder: Path, record: run_content.Described, tags: Mapping[str, str]) -> Delivery:
        """A new MLflow run, with its tags, for the run folder."""
        client = connect(store)
        experiment = experiment_id(client, store)
        run = client.create_run(
            experiment,
            start_time=run_content.started_ms(record),
            tags=dict(tags),
            run_name=name_of(record),
        )
        return cls(client, run.info.run_id, experiment, folder, record)

    @classmethod
    def take_up(
        cls, store: Store, folder: Path, record: run_content.Described, run_id: str | None = None
    ) -> Delivery | None:
        """The existing MLflow run of the folder: `run_id`, else the run with its key; None where there is none."""
        client = connect(store)
        experiment = experiment_id(client, store)
        if run_id is None:
            run_id = next(iter(_runs_with_key(client, experiment, record)), None)
        return None if run_id is None else cls(client, run_id, experiment, folder, record)

    def delete_doubles(self, model_id: str | None) -> None:
        """Delete duplicates of this run, and its models except `model_id`, which repeated requests have created."""
        for run_id in _runs_with_key(self.client, self.experiment_id, self.record):
            if run_id != self.run_id:
                self.client.delete_run(run_id)
        if model_id is not None:
            self._delete_models(but=model_id)

    def is_deleted(self) -> bool:
        """Whether somebody has deleted the run in the store."""
        from mlflow.exceptions import MlflowException

        try:
            return bool(self.client.get_run(self.run_id).info.lifecycle_stage == "deleted")
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return True
            raise

    def reopen(self) -> None:
        """Mark a run that had ended as running again."""
        self.client.update_run(self.run_id, "RUNNING")
        for tag in set(run_content.OUTCOME_TAGS) & set(self.client.get_run(self.run_id).data.tags):
            self.client.delete_tag(self.run_id, tag)

    def describe(self, record: RunRecord) -> None:
        """Send the parameters and the data set of a run."""
        from mlflow.entities import Dataset, DatasetInput, InputTag, Param

        parameters = [Param(key, value) for key, value in run_content.parameters(record).items()]
        for batch in batched(parameters, _MOST_PARAMETERS):
            self.client.log_batch(self.run_id, params=batch)
        dataset = Dataset(**run_content.dataset_entry(record))
        context = [InputTag("mlflow.data.context", "training")]
        self.client.log_inputs(self.run_id, [DatasetInput(dataset, context)])

    def send(
        self, points: Sequence[CurvePoint], timestamps: Sequence[int], tags: Mapping[str, str] | None = None
    ) -> None:
        """Send points, with the time of each in milliseconds since 1970, and tags."""
        from mlflow.entities import Metric, RunTag

        metrics = [Metric(p.name, p.value, t, p.step) for p, t in zip(points, timestamps, strict=True)]
        *full, last = [*batched(metrics, _LARGEST_BATCH)] or [[]]
        for batch in full:
            self.client.log_batch(self.run_id, metrics=batch)
        self.client.log_batch(
            self.run_id, metrics=last, tags=[RunTag(key, value) for key, value in (tags or {}).items()]
        )

    def upload(self, names: Iterable[str] = FILES, texts: Mapping[str, str] = MappingProxyType({})) -> None:
        """Send the files of the run, texts without passwords, and `texts` as further files."""
        with tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
            stage(self.folder, names, Path(scratch))
            for name, text in texts.items():
                Path(scratch, name).write_text(text, encoding="utf-8")
            with repeating_requests():
                self.client.log_artifacts(self.run_id, scratch)

    def create_model(self) -> str:
        """Create an empty MLflow model of the run, replacing any that was begun before; gives its id.

        Uses the client's calls, since `mlflow.pyfunc.log_model` works on the process's current run, store and
        experiment, and one process here delivers runs of several.
        """
        self._delete_models()
        model_id = self.client.create_logged_model(self.experiment_id, name=_MODEL, source_run_id=self.run_id).model_id
        return str(model_id)

    def log_model(self, model_id: str, record: RunRecord) -> None:
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
            save_model(self.folder, columns_of(record), destination, mlflow_model=model)
            with repeating_requests():
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


def _runs_with_key(client: MlflowClient, experiment: str, record: run_content.Described) -> list[str]:
    """The ids of the MLflow runs with the key of this record, oldest first."""
    if record.key is None:
        return []
    runs = client.search_runs(
        [experiment], f"tags.`{run_content.KEY_TAG}` = '{record.key}'", order_by=["attributes.start_time"]
    )
    return [run.info.run_id for run in runs]


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
