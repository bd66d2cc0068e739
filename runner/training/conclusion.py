"""What a training came to: its last row, its outcome, and how good the network is by its task's own measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runner.training.evaluation import Evaluation
from runner.training.loop import Training
from runner.training.outcome import Outcome, judge, r_squared
from runner.training.values import final_values, finite


@dataclass(frozen=True)
class Conclusion:
    """The end of a training.

    `final` is what summary.json holds, `quality` the accuracy or R² on the training part (0 where a non-finite value
    ended the training) and `good` what counts as good.
    """

    outcome: Outcome
    final: dict[str, float | None]
    quality: float
    good: float


def conclude(training: Training, *, interrupted: bool = False) -> Conclusion:
    """Add the last row to the history, and judge; a training that was interrupted is not judged."""
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
    if training.stopped_nonfinite and not interrupted:
        outcome = "nan"  # also where the loss was finite still, and only its gradient was not
    elif not interrupted:
        outcome = judge(history["loss"], quality, good, setup.settings.outcome)
    return Conclusion(outcome, {**final_values(history), **final}, quality, good)


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
