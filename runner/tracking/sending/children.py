"""The runs of a sweep in the store: one child per job, each complete as soon as it is visible.

In a database many children are inserted in one transaction, with the rows that MLflow's own calls would write
(`create_run`, `log_batch`, `set_terminated`). These calls take 30 ms a child, nearly all in the object-relational
layer; the rows take 3. The other columns of a run's row are copied from the parent's, which MLflow has made. A server
gets the calls. Either way an ended child is complete, and `known_children` lists these.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.files.names import EVENTS, FINDINGS, RECORD, SUMMARY
from runner.tracking.content.run import JOB_TAG, PARENT_TAG
from runner.tracking.sending.delivery import batched
from runner.tracking.sending.staging import stage

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

FILES = (RECORD, EVENTS, FINDINGS, SUMMARY)
_MOST_PARAMETERS, _PAGE = 100, 1000

Row = dict[str, Any]


@dataclass(frozen=True)
class Child:
    """A job as it is sent to the store; times in milliseconds since 1970, `points` as (metric, step, value, time)."""

    job: int
    name: str
    started: int
    ended: int
    status: str
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    points: Sequence[tuple[str, int, float, int]]
    folder: Path


def known_children(client: MlflowClient, experiment: str, parent: str) -> dict[int, Run]:
    """The complete children, by the number of their job; incomplete ones are deleted."""
    known: dict[int, Run] = {}
    for run in _children(client, experiment, parent):
        job = run.data.tags.get(JOB_TAG, "")
        if run.info.status == "RUNNING" or not job.isdecimal() or int(job) in known:
            client.delete_run(run.info.run_id)
        else:
            known[int(job)] = run
    return known


def _children(client: MlflowClient, experiment: str, parent: str) -> Iterator[Run]:
    token = None
    while True:
        found = client.search_runs(
            [experiment], f"tags.`{PARENT_TAG}` = '{parent}'", max_results=_PAGE, page_token=token
        )
        yield from found
        token = found.token
        if not token:
            return


def add_children(client: MlflowClient, parent: Run, children: Sequence[Child]) -> list[str]:
    """Add children to a parent run; gives their run ids."""
    store = client._tracking_client.store
    if hasattr(store, "ManagedSessionMaker"):
        return _insert(store, client.tracking_uri, parent, children)
    return [_send(client, parent, child) for child in children]


def _insert(store: Any, uri: str, parent: Run, children: Sequence[Child]) -> list[str]:
    import sqlalchemy as sa
    from mlflow.store.tracking.dbmodels import models

    ids = [uuid.uuid4().hex for _ in children]
    places = [str(parent.info.artifact_uri).replace(parent.info.run_id, run_id) for run_id in ids]
    for child, place in zip(children, places, strict=True):
        _upload(child.folder, place, uri)
    metrics: list[Row] = []
    latest: list[Row] = []
    for run_id, child in zip(ids, children, strict=True):
        rows: list[Row] = [
            {"run_uuid": run_id, "key": name, "step": step, "value": value, "timestamp": time, "is_nan": False}
            for name, step, value, time in sorted(child.points, key=lambda point: point[1])
        ]
        metrics += rows
        # MLflow's latest value of a metric is that of the highest step.
        latest += {row["key"]: row for row in rows}.values()
    runs = models.SqlRun.__table__
    with store.ManagedSessionMaker() as session:
        own = session.execute(sa.select(runs).where(runs.c.run_uuid == parent.info.run_id)).mappings().one()
        made = [
            {**own, "run_uuid": run_id, "name": child.name, "artifact_uri": place, **_ended(child)}
            for run_id, child, place in zip(ids, children, places, strict=True)
        ]
        for model, table in (
            (models.SqlRun, made),
            (models.SqlTag, _pairs(ids, [child.tags for child in children])),
            (models.SqlParam, _pairs(ids, [child.parameters for child in children])),
            (models.SqlMetric, metrics),
            (models.SqlLatestMetric, latest),
        ):
            if table:
                session.execute(sa.insert(model.__table__), table)
    return ids


def _ended(child: Child) -> Row:
    return {"status": child.status, "start_time": child.started, "end_time": child.ended}


def _pairs(ids: Sequence[str], mappings: Sequence[Mapping[str, str]]) -> list[Row]:
    return [
        {"run_uuid": run_id, "key": key, "value": value}
        for run_id, mapping in zip(ids, mappings, strict=True)
        for key, value in mapping.items()
    ]


def _send(client: MlflowClient, parent: Run, child: Child) -> str:
    from mlflow.entities import Metric, Param

    run = client.create_run(parent.info.experiment_id, child.started, dict(child.tags), child.name)
    run_id = str(run.info.run_id)
    metrics = [Metric(name, value, time, step) for name, step, value, time in child.points]
    parameters = list(batched([Param(*pair) for pair in child.parameters.items()], _MOST_PARAMETERS))
    room = _PAGE - _MOST_PARAMETERS
    for k in range(max(len(parameters), -(-len(metrics) // room))):
        some = parameters[k] if k < len(parameters) else ()
        client.log_batch(run_id, metrics=metrics[k * room : (k + 1) * room], params=some)
    _upload(child.folder, str(run.info.artifact_uri), client.tracking_uri)
    client.set_terminated(run_id, child.status, child.ended)
    return run_id


def _upload(folder: Path, place: str, uri: str) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    repository: Any = get_artifact_repository(place, tracking_uri=uri)
    if isinstance(repository, LocalArtifactRepository):  # which would copy them there one by one
        stage(folder, FILES, Path(repository.artifact_dir))
        return
    with tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
        stage(folder, FILES, Path(scratch))
        repository.log_artifacts(scratch)
