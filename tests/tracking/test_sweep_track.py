"""A sweep in the store: one parent, a whole child for each job, exactly once whatever is killed on the way."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mlflow_servers import Server
from mlflow_stores import client_of
from sweeping import TINY, InThisProcess, executor, jobs_of, swept_in

from runner.files.names import MLFLOW_RUN
from runner.tracking import sweep_track
from runner.tracking.journal import open_journal
from runner.tracking.store import Store, resolve_store
from runner.tracking.sweep_track import SweepTrack

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["executor"]

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example

JOBS = [{"optimizer.lr": lr, "seed": seed} for lr in (0.1, 3.0) for seed in (0, 1)]


@pytest.fixture
def sweep(tmp_path: Path, executor: InThisProcess) -> Path:
    """The folder of a sweep of four jobs that has ended, one of them with a NaN and one that crashed."""
    folder = tmp_path / "sweep"
    jobs = jobs_of(folder, [*JOBS, {"seed": 9}], TINY)
    broken = ["experiment=x_plus_one", "dataset.standardize=none", "optimizer.lr=1e-3", "steps=60", "tracking=none"]
    jobs[3] = jobs_of(folder, [*JOBS[:3], {"seed": 5}], broken)[3]
    folder.mkdir()
    (folder / "4").write_text("a file in the way of the folder")
    swept_in(folder, jobs)
    return folder


def deliver(folder: Path, store: Store) -> list[dict[str, Any]]:
    """Carry a sweep to a store in this process; the answers."""
    if not (folder / "spool" / "delivery.jsonl").exists():
        open_journal(folder, store)
    answers: list[dict[str, Any]] = []
    track = SweepTrack(folder, store, answers.append)
    deadline = time.monotonic() + 60
    try:
        while not track.done:
            track.pump()
            assert time.monotonic() < deadline, answers
    finally:
        if hasattr(track, "_journal"):
            track._journal.release()  # as the end of a process does
    return answers


def kept(client: MlflowClient, experiment: str) -> tuple[list[Run], list[Run]]:
    """Parents and children in an experiment."""
    (found,) = [one for one in client.search_experiments() if one.name == experiment]
    runs = list(client.search_runs([found.experiment_id], max_results=1000))
    return [r for r in runs if "whynan.sweep" in r.data.tags], [r for r in runs if "mlflow.parentRunId" in r.data.tags]


def recorded(client: MlflowClient, run: Run) -> dict[str, Any]:
    """What a store holds of a run, as far as it follows from the run."""
    curves = {
        name: [(point.step, point.value, point.timestamp) for point in client.get_metric_history(run.info.run_id, name)]
        for name in run.data.metrics
    }
    return {
        "status": run.info.status,
        "times": (run.info.start_time, run.info.end_time),
        "name": run.info.run_name,
        "parameters": run.data.params,
        "tags": {key: value for key, value in run.data.tags.items() if key != "mlflow.parentRunId"},
        "last": run.data.metrics,
        "curves": {name: sorted(points) for name, points in curves.items()},
        "files": sorted(file.path for file in client.list_artifacts(run.info.run_id)),
    }


def test_a_parent_and_its_children(sweep: Path, store: Store) -> None:
    """Parameters, tags, thinned curves, outcomes and files of each job, and what was swept in the parent."""
    experiment = resolve_store(store.uri, "sweeps", outputs=sweep.parent)
    answers = deliver(sweep, experiment)
    assert answers[-1] == {"delivered": True}
    client = client_of(experiment)
    (parent,), children = kept(client, "sweeps")
    assert parent.data.params == {"optimizer.lr": "0.1, 3.0", "seed": "0, 1, 5, 9"}
    assert parent.data.tags["outcome"] == "failed"
    assert parent.info.status == "FAILED"
    assert parent.data.metrics["jobs"] == 5
    files = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert {"results.parquet", "ranking.md", "sweep.json", "summary.json"} <= files
    by_job = {child.data.tags["whynan.job"]: child for child in children}
    assert sorted(by_job) == list("01234")
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent.info.run_id}
    good, broken, crashed = (recorded(client, by_job[job]) for job in "034")
    assert good["parameters"]["optimizer.lr"] == "0.1"
    assert len(good["curves"]["loss"]) == 50
    assert {"loss", "grad_norm", "accuracy", "nonfinite_events"} == set(good["last"])
    summary = json.loads((sweep / "0" / "summary.json").read_text())
    assert good["last"]["loss"] == summary["final"]["loss"]
    assert good["files"] == ["events.jsonl", "findings.json", "run.json", "summary.json"]
    assert (broken["tags"]["outcome"], broken["last"]["nonfinite_events"]) == ("nan", 1)
    assert broken["tags"]["cause"] == "unscaled_inputs"
    assert broken["tags"]["first_nonfinite_step"].isdecimal()
    assert (crashed["status"], crashed["tags"]["outcome"]) == ("FAILED", "failed")
    assert "NotADirectoryError" in crashed["tags"]["reason"]
    assert json.loads((sweep / "0" / MLFLOW_RUN).read_text())["run_id"] == by_job["0"].info.run_id


def test_what_is_sent_once_more_is_there_once(sweep: Path, store: Store) -> None:
    """A second process that takes over when all is there adds nothing."""
    experiment = resolve_store(store.uri, "twice", outputs=sweep.parent)
    deliver(sweep, experiment)
    client = client_of(experiment)
    before = [[recorded(client, run) for run in runs] for runs in kept(client, "twice")]
    journal = sweep / "spool" / "delivery.jsonl"
    lines = [line for line in journal.read_text().splitlines(keepends=True) if "delivered" not in line]
    journal.write_text("".join(lines))
    deliver(sweep, experiment)
    after = [[recorded(client, run) for run in runs] for runs in kept(client, "twice")]
    assert after == before


class Killed(BaseException):
    """The process is gone: nothing catches it."""


def deadly(monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool) -> Iterator[None]:
    """Within a `with`, the process is gone at the n-th thing that is changed in the store."""
    import mlflow

    calls = 0

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any, **keywords: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at and not after:
                raise Killed
            answer = call(*arguments, **keywords)
            if calls == at:
                raise Killed
            return answer

        return changed

    with monkeypatch.context() as patch:
        for name in ("create_run", "log_batch", "log_artifacts", "set_terminated", "update_run", "delete_run"):
            patch.setattr(mlflow.MlflowClient, name, wrapped(getattr(mlflow.MlflowClient, name)))
        patch.setattr(sweep_track, "add_children", wrapped(sweep_track.add_children))
        yield


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 8))
def test_killed_anywhere(sweep: Path, store: Store, monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool) -> None:
    """Whatever was being changed when the writer was killed, the next one brings it to the same end."""
    experiment = resolve_store(store.uri, f"killed-{at}-{after}", outputs=sweep.parent)
    monkeypatch.setattr(sweep_track, "_BATCH", 2)
    with contextlib.suppress(Killed), contextlib.contextmanager(deadly)(monkeypatch, at, after=after):
        deliver(sweep, experiment)
    deliver(sweep, experiment)
    client = client_of(experiment)
    (parent,), children = kept(client, experiment.experiment)
    assert sorted(child.data.tags["whynan.job"] for child in children) == list("01234")
    assert parent.info.status == "FAILED"
    for child in children:
        curves = recorded(client, child)["curves"]
        assert all(len({step for step, *_ in points}) == len(points) for points in curves.values())


@pytest.mark.slow
def test_a_server_gets_the_same(sweep: Path, store: Store, tmp_path: Path) -> None:
    """What MLflow's own calls write through a server is what is written into a database at once."""
    direct = resolve_store(store.uri, "direct", outputs=sweep.parent)
    deliver(sweep, direct)
    client = client_of(direct)
    expected = {run.data.tags["whynan.job"]: recorded(client, run) for run in kept(client, "direct")[1]}
    (sweep / "spool" / "delivery.jsonl").unlink()
    server = Server(tmp_path)
    server.start()
    try:
        through = resolve_store(server.uri, "through", outputs=sweep.parent)
        deliver(sweep, through)
        client = client_of(through)
        found = {run.data.tags["whynan.job"]: recorded(client, run) for run in kept(client, "through")[1]}
    finally:
        server.kill()
    assert found == expected


def test_a_model_for_each_job_where_it_is_asked_for(tmp_path: Path, executor: InThisProcess, store: Store) -> None:
    """`sweep.model` has MLflow keep each network as a model of its run."""
    jobs = jobs_of(tmp_path / "sweep", [{"seed": 0}, {"seed": 1}])
    swept_in(tmp_path / "sweep", jobs)
    described = tmp_path / "sweep" / "sweep.json"
    described.write_text(json.dumps({**json.loads(described.read_text()), "models": True}))
    experiment = resolve_store(store.uri, "models", outputs=tmp_path)
    deliver(tmp_path / "sweep", experiment)
    client = client_of(experiment)
    found = client.search_logged_models([kept(client, "models")[0][0].info.experiment_id])
    assert {model.source_run_id for model in found} == {run.info.run_id for run in kept(client, "models")[1]}
