"""Deliveries that are cut off and taken up: nothing is lost, nothing is there twice."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mlflow_stores import client_of
from run_folders import append, begin, end, finished, line_arrays, record, rows

from runner.tracking.content.run import KEY_TAG
from runner.tracking.journal import read
from runner.tracking.run_track import RunTrack
from runner.tracking.sending.delivery import Delivery
from runner.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example

Curves = dict[str, list[tuple[int, float]]]

# What changes something in the store.
CALLS = (
    "create_run",
    "log_batch",
    "log_inputs",
    "log_artifacts",
    "set_terminated",
    "update_run",
    "delete_tag",
    "create_logged_model",
    "log_model_artifacts",
    "finalize_logged_model",
    "log_outputs",
)


class Killed(BaseException):
    """The process is gone: nothing catches it."""


class Executioner:
    """Kills at the n-th call to the store, before or after it took effect."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
        import mlflow

        self.at, self.calls, self._after = 0, 0, after
        for name in CALLS:
            monkeypatch.setattr(mlflow.MlflowClient, name, self._deadly(getattr(mlflow.MlflowClient, name)))

    def _deadly(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def killing(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == self.at and not self._after:
                raise Killed
            result = call(*args, **kwargs)
            if self.calls == self.at:
                raise Killed
            return result

        return killing


def raising(error: Exception) -> Callable[..., None]:
    """A method that fails."""

    def fail(*_: object) -> None:
        raise error

    return fail


def runs_of(client: MlflowClient, key: str) -> list[Run]:
    """The runs of the store that were made for one run folder."""
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(experiments, f"tags.`{KEY_TAG}` = '{key}'"))


def curves_of(client: MlflowClient, run: Run) -> Curves:
    """All points in the store, by metric and step."""
    found = {}
    for name in run.data.metrics:
        found[name] = sorted((m.step, m.value) for m in client.get_metric_history(run.info.run_id, name))
    return found


def nonfinite(folder: Path, steps: list[int]) -> None:
    """Note non-finite events at some steps."""
    with (folder / "events.jsonl").open("a") as file:
        file.writelines(json.dumps({"kind": "nan", "step": step}) + "\n" for step in steps)


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_every_call_delivers_once(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """However often the process that delivers is killed, the store ends up as if it had never been."""
    client = client_of(store)
    whole = finished(tmp_path / "whole", key=f"whole-{after}")
    nonfinite(whole, [7, 60])
    undisturbed = RunTrack(whole, store, lambda _: None)
    undisturbed.pump()
    assert undisturbed.done

    folder = begin(tmp_path / "run", record(key=f"killed-{after}"))
    nonfinite(folder, [7, 60])  # noted before the rows of their steps are written
    executioner = Executioner(monkeypatch, after=after)
    written = 0
    table = rows(100)
    for attempt in range(1, 60):
        append(folder, table[written : written + 9])  # training goes on meanwhile
        written += 9
        if attempt == 12:
            end(folder, line_arrays())
        track = RunTrack(folder, store, lambda _: None)
        # The n-th attempt dies at its n-th call, counted again from where the run has ended.
        executioner.at, executioner.calls = attempt if attempt < 12 else attempt - 11, 0
        with contextlib.suppress(Killed):
            track.pump()
        if track.done:
            break
        track._journal.release()  # as the system does for a process that is gone
    assert track.done
    assert attempt > 16
    (run,), (expected,) = runs_of(client, f"killed-{after}"), runs_of(client, f"whole-{after}")
    assert run.info.status == "FINISHED"
    assert run.data.params == expected.data.params
    assert len(run.inputs.dataset_inputs) == 1
    assert curves_of(client, run) == curves_of(client, expected)
    models = client.search_logged_models([run.info.experiment_id], f"source_run_id = '{run.info.run_id}'")
    assert [model.model_id for model in models] == [output.model_id for output in run.outputs.model_outputs]
    assert len(models) == 1
    assert read(folder).delivered


def test_batch_of_which_it_is_not_known_whether_it_arrived_is_sent_as_it_was(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that arrived without an answer is sent again with the same times, so the store keeps it once."""
    client = client_of(store)
    folder = begin(tmp_path / "run", record(key="unanswered"))
    append(folder, rows(100)[:50])
    executioner = Executioner(monkeypatch, after=True)
    sent: list[list[Any]] = []
    log_batch = type(client).log_batch

    def remembering(self: Any, run_id: str, metrics: Any = (), **more: Any) -> None:
        if metrics:
            sent.append([(m.key, m.step, m.value, m.timestamp) for m in metrics])
        log_batch(self, run_id, metrics=metrics, **more)

    monkeypatch.setattr(type(client), "log_batch", remembering)
    executioner.at = 4  # created, described with parameters and data, then the first points
    track = RunTrack(folder, store, lambda _: None)
    with pytest.raises(Killed):
        track.pump()
    track._journal.release()
    append(folder, rows(100)[50:])
    end(folder)
    RunTrack(folder, store, lambda _: None).pump()
    assert set(sent[0]) <= set(sent[1])
    (run,) = runs_of(client, "unanswered")
    loss = client.get_metric_history(run.info.run_id, "loss")
    assert len(loss) == len({m.step for m in loss}) == 50


def test_batches_that_wait_for_the_store_are_not_lost(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that come while the store is away, in several looks, arrive also if the process is killed before they do."""
    client = client_of(store)
    folder = begin(tmp_path / "run", record(key="away"))
    table = rows(100)
    append(folder, table[:20])
    track = RunTrack(folder, store, lambda _: None)
    track.pump()
    with monkeypatch.context() as patched:
        patched.setattr("runner.tracking.track._LONGEST_PAUSE", 0.0)
        patched.setattr(Delivery, "send", raising(ConnectionError("away")))
        for start in range(20, 100, 20):
            append(folder, table[start : start + 20])
            track.pump()
    track._journal.release()  # killed
    append(folder, table[100:])
    end(folder)
    RunTrack(folder, store, lambda _: None).pump()
    whole = finished(tmp_path / "whole", key="not away", model=False)
    RunTrack(whole, store, lambda _: None).pump()
    (run,), (expected,) = runs_of(client, "away"), runs_of(client, "not away")
    assert curves_of(client, run) == curves_of(client, expected)


def test_rows_that_a_power_loss_took_are_not_doubled(tmp_path: Path, store: Store) -> None:
    """Points of rows that are no longer on the disk stay as they were sent; of the others none comes twice."""
    client = client_of(store)
    folder = begin(tmp_path / "run", record(key="power"))
    append(folder, rows(100)[:80])
    track = RunTrack(folder, store, lambda _: None)
    track.pump()
    track._journal.release()
    (run,) = runs_of(client, "power")
    before = {(p.step, p.value, p.timestamp) for p in client.get_metric_history(run.info.run_id, "loss")}
    np.ascontiguousarray(rows(100)[:50]).tofile(folder / "spool" / "history.f64")
    track = RunTrack(folder, store, lambda _: None)
    track.abandoned = True
    track.pump()
    assert track.done
    after = client.get_metric_history(run.info.run_id, "loss")
    assert before <= {(p.step, p.value, p.timestamp) for p in after}
    assert len(after) == len({p.step for p in after})


def test_run_that_goes_on_after_its_end_has_no_point_twice(tmp_path: Path, store: Store) -> None:
    """A run that was interrupted, delivered and resumed has each step once, and the status of its last end."""
    import mlflow
    import pandas as pd

    client = client_of(store)
    folder = begin(tmp_path / "run", record(key="resumed"))
    table = rows(100)
    append(folder, table[:51])
    end(folder, line_arrays(), outcome="interrupted", status="KILLED", reason="Ctrl-C")
    track = RunTrack(folder, store, lambda _: None)
    track.pump()
    assert track.done
    (run,) = runs_of(client, "resumed")
    assert (run.info.status, run.data.tags["reason"]) == ("KILLED", "Ctrl-C")
    before = curves_of(client, run)

    (folder / "summary.json").unlink()
    np.ascontiguousarray(table[:40]).tofile(folder / "spool" / "history.f64")  # back to its checkpoint
    track._journal.lock()
    track._journal.write(reopened=True)
    track._journal.release()
    track = RunTrack(folder, store, lambda _: None)
    track.pump()
    (run,) = runs_of(client, "resumed")
    assert run.info.status == "RUNNING"
    assert "outcome" not in run.data.tags
    (first_model,) = run.outputs.model_outputs
    append(folder, table[40:])
    end(folder, line_arrays(slope=3.0))
    track.pump()
    assert track.done
    (run,) = runs_of(client, "resumed")
    assert (run.info.status, run.data.tags["outcome"]) == ("FINISHED", "converged")
    assert "reason" not in run.data.tags
    curves = curves_of(client, run)
    for name, points in curves.items():
        steps = [step for step, _ in points]
        assert len(steps) == len(set(steps)), name
        assert set(before[name]) <= set(points)
    known = dict(zip(table[:, 0].astype(int).tolist(), table[:, 1].tolist(), strict=True))
    assert all(known[step] == value for step, value in curves["loss"])
    assert curves["loss"][-1] == (100, known[100])
    (model,) = run.outputs.model_outputs
    assert model.model_id == first_model.model_id
    loaded = mlflow.pyfunc.load_model(client.get_logged_model(model.model_id).artifact_location)
    assert loaded.predict(pd.DataFrame({"x": [2.0]}))["y"].tolist() == [7.0]
