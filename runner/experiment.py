"""One run from beginning to end: the folder, the training, the tracking, the summary.

`prepare` finds whatever is wrong with a configuration and writes nothing; `run` leaves the folder of section "what a
run leaves" behind, however the run ends.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from runner.errors import RunError
from runner.network.ops import Array
from runner.training.checkpoints import Checkpoints
from runner.training.evaluation import Evaluation
from runner.training.folder import RunFolder
from runner.training.history import History
from runner.training.interrupt import Interruption, interruption
from runner.training.listeners import Listener, Listeners
from runner.training.loop import Training
from runner.training.outcome import Outcome, judge, r_squared
from runner.training.record import best_values, final_values, finite, record
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.threads import one_blas_thread

if TYPE_CHECKING:
    from runner.tracking.client import Delivered, Tracker

__all__ = ["RunResult", "Setup", "prepare", "run"]

# Seconds that the end of a run waits for MLflow: for the run's id, and for the rest to arrive.
_ID_PATIENCE, _DELIVERY_PATIENCE = 30.0, 120.0


@dataclass(frozen=True)
class RunResult:
    """What became of a run; `events` are those of events.jsonl, `signal` is what ended the run, 0 where nothing did."""

    setup: Setup
    outcome: Outcome
    summary: dict[str, Any]
    folder: Path
    history: History
    events: list[dict[str, Any]]
    signal: int
    delivered: Delivered | None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM ended the run."""
        return self.signal != 0


def run(
    setup: Setup,
    folder: Path,
    *,
    overrides: Sequence[str] = (),
    listeners: Sequence[Listener] = (),
    tracker: Tracker | None = None,
) -> RunResult:
    """Train, and leave everything in `folder` and, with a `tracker`, in MLflow.

    Raises `UserError` where the folder can't be used, `RunError` where the disk gives up in the middle.
    """
    listener = Listeners(listeners)
    columns = history_columns(setup.watch)
    files = RunFolder(folder, record(setup, columns, overrides))
    if tracker is not None:
        tracker.start(folder)
    history = History(columns, files.append)

    events: list[dict[str, Any]] = []

    def note(event: dict[str, Any]) -> None:
        events.append(event)
        files.note(event)
        listener.on_event(event)

    keep = setup.settings.checkpoint.keep
    training = Training(setup, history, note, listener, Checkpoints(folder / "checkpoints", keep))
    with interruption() as interrupted, one_blas_thread():
        try:
            seconds = training.run(interrupted)
            outcome, final = _conclude(training, interrupted)
            files.keep(history, _arrays(training))
        except BaseException as error:
            _abandon(files, training, error, listener, tracker)
            if isinstance(error, OSError):
                raise RunError(f"{folder}: {error.strerror or error}; the run ended at step {training.step}") from error
            raise
        ended_by = interrupted.signal
        listener.on_end(outcome)
        if tracker is not None:
            listener.on_delivery()
        summary = {
            "outcome": outcome,
            "status": "KILLED" if ended_by else "FINISHED",
            "steps": training.step,
            "seconds": seconds,
            "mlflow_run_id": _run_id(tracker),
            "final": final,
            "best": best_values(history),
            "nonfinite_steps": training.nonfinite_steps,
            "first_nonfinite_step": training.first_nonfinite_step,
        }
        files.end(summary)
    delivered = tracker.finish(folder, _DELIVERY_PATIENCE) if tracker is not None else None
    return RunResult(setup, outcome, summary, folder, history, events, ended_by, delivered)


def _run_id(tracker: Tracker | None) -> str | None:
    """The run's id in MLflow, unless the user has waited long enough for it."""
    try:
        return tracker.run_id(_ID_PATIENCE) if tracker is not None else None
    except KeyboardInterrupt:
        return None


def _conclude(training: Training, interrupted: Interruption) -> tuple[Outcome, dict[str, float | None]]:
    """The last row of the history, the outcome, and the final values."""
    setup, history = training.setup, training.history
    dataset, theta = setup.dataset, training.workspace.theta
    final: dict[str, float | None] = {}
    quality, good = 0.0, setup.settings.outcome.good_accuracy
    if not training.stopped_nonfinite:
        whole = len(dataset.train.X) if setup.settings.batch_size is None else 1024
        trained = training.evaluator(dataset.train, whole)(theta)
        row = {"loss": trained.loss + _penalty(training), **_known("accuracy", trained.accuracy)}
        if training.valid is not None:
            valid = training.valid(theta)
            row |= {"valid_loss": valid.loss, **_known("valid_accuracy", valid.accuracy)}
        training.end_row(row)
        quality, good = _quality(trained, training)
    if dataset.test is not None:
        test = training.evaluator(dataset.test)(theta)
        final |= {"test_loss": finite(test.loss), "test_accuracy": test.accuracy}
    outcome: Outcome = "interrupted"
    if training.stopped_nonfinite and not interrupted.signal:
        outcome = "nan"  # also where the loss was finite still, and only its gradient was not
    elif not interrupted.signal:
        outcome = judge(history["loss"], quality, good, setup.settings.outcome)
    return outcome, {**final_values(history), **final}


def _quality(trained: Evaluation, training: Training) -> tuple[float, float]:
    """The task's own measure on the training part, and what counts as good."""
    limits = training.setup.settings.outcome
    if trained.accuracy is not None:
        return trained.accuracy, limits.good_accuracy
    return r_squared(trained.outputs, training.setup.dataset.train.Y.T), limits.good_r2


def _penalty(training: Training) -> float:
    """Half the weight decay times the squared norm of all weights."""
    in_loss = any(call.result == "penalty" for call in training.setup.program.calls)
    decay = training.setup.settings.optimizer.weight_decay if in_loss else 0.0
    weights = training.workspace.theta * training.workspace.arrays["is_weight"]
    with np.errstate(all="ignore"):
        return 0.5 * decay * float(np.dot(weights, weights)) if decay else 0.0


def _known(name: str, value: float | None) -> dict[str, float]:
    return {} if value is None else {name: value}


def _arrays(training: Training) -> dict[str, Array]:
    """What weights.npz holds."""
    scaling = training.setup.dataset.scaling.arrays()
    return {
        **training.workspace.weights(),
        **{f"scaling/{name}": array for name, array in scaling.items()},
        "architecture": np.array(json.dumps(training.setup.architecture.to_dict())),
        **({"faults": np.array(json.dumps(faults))} if (faults := training.setup.network.texts) else {}),
    }


def _abandon(
    files: RunFolder, training: Training, error: BaseException, listener: Listener, tracker: Tracker | None
) -> None:
    """Close a run that an error ended, as well as the disk still allows."""
    outcome, status = ("interrupted", "KILLED") if isinstance(error, KeyboardInterrupt) else ("failed", "FAILED")
    listener.on_end(outcome)
    reason = f"{type(error).__name__}: {error}"
    summary = {
        "outcome": outcome,
        "status": status,
        "reason": reason,
        "steps": training.step,
        "seconds": None,
        "mlflow_run_id": None,
        "final": {},
        "best": {},
    }
    try:
        files.end(summary)
    except OSError:
        return  # the disk that gave up before; the error itself is told by the caller
    if tracker is not None:
        tracker.finish(files.path, _DELIVERY_PATIENCE)


def exit_code(result: RunResult, fail_on: Sequence[str]) -> int:
    """0; 1 for an outcome in `fail_on`; 130 after Ctrl-C, 143 after SIGTERM."""
    if result.signal:
        return 128 + signal.Signals(result.signal)
    return int(result.outcome in fail_on)
