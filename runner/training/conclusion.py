"""How a training ended: its last row, its outcome, and how good the network is by its task's own measure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.json_files import finite
from runner.files.summary import Outcome
from runner.settings.outcome import OutcomeSettings
from runner.training.choices import class_counts
from runner.training.evaluation import Evaluation, Evaluator
from runner.training.loop import Training
from runner.training.measuring.measure import measure_of
from runner.training.measuring.metrics import balanced_accuracies, errors_of
from runner.training.measuring.quality import quality_column
from runner.training.setup import Setup


@dataclass(frozen=True)
class Conclusion:
    """The end of a training.

    `final` is what summary.json holds, `quality` the value of the task's measure on the training data (0 where a
    non-finite value ended the training) and `good` the value from which it is good. `evaluations` are those of the
    splits (train, valid, test), as far as the network was evaluated on them. `at_chance` says that a network whose
    training came to its end is hardly better on its training data than the best constant answer.
    """

    outcome: Outcome
    final: dict[str, float | None]
    quality: float
    good: float
    evaluations: Mapping[str, Evaluation]
    at_chance: bool = False


def conclude(training: Training, *, interrupted: bool = False) -> Conclusion:
    """Add the last row to the history, and judge; an interrupted training is not judged."""
    setup, history = training.setup, training.history
    dataset, measure = setup.dataset, measure_of(setup)
    quality, good = 0.0, measure.good(setup.settings.outcome)
    evaluations: dict[str, Evaluation] = {}
    final: dict[str, float | None] = {}
    if not training.stopped_nonfinite:
        evaluations, row = _evaluated(training)
        training.end_row(row)
        if training.restore_best():
            evaluations, row = _evaluated(training)
            final = {name: finite(value) for name, value in row.items()}
        trained = evaluations["train"]
        quality = trained.quality
        if measure.weights is not None:
            quality = measure.value(trained.outputs, dataset.train.Y.T, setup.network.boundary)
    if dataset.test is not None:
        evaluations["test"] = test = _evaluation(training, training.evaluator(dataset.test))
        final |= {"test_loss": finite(test.loss), f"test_{quality_column(dataset.task)}": finite(test.quality)}
    if dataset.task == "regression":
        final |= errors_of(dataset, evaluations)
    elif _imbalanced(setup):
        final |= balanced_accuracies(dataset, evaluations, setup.network.boundary)
    outcome: Outcome = "interrupted"
    at_chance = measure.chance < 1.0 and measure.progress(quality) <= setup.settings.outcome.chance
    if training.stopped_nonfinite and not interrupted:
        outcome = "nan"  # also where the loss was still finite and only its gradient was not
    elif not interrupted:
        decent = measure.at(setup.settings.diagnosis.thresholds.good_progress)
        settings = setup.settings.outcome
        outcome = judge(_comparable_losses(training), quality, good, settings, decent=decent, at_chance=at_chance)
    at_chance = at_chance and outcome in ("finished", "stalled") and training.stopped is None
    return Conclusion(outcome, {**history.final_values(), **final}, quality, good, evaluations, at_chance)


def _comparable_losses(training: Training) -> NDArray[np.float64]:
    """The losses of the steps, the first and the last of which are of all samples where the others are of batches.

    One batch says little of where a run began: the first sample of many may happen to be right. Sums are scaled to a
    batch. The first of somebody's own network, or of normalised layers, is that of its batch.
    """
    setup, losses = training.setup, training.history["loss"]
    samples, size = len(setup.dataset.train), setup.settings.batch_size
    if size is None or size >= samples or len(losses) < 2:
        return losses
    scale = 1.0 if not setup.is_ours or setup.options.reduction == "mean" else size / samples
    losses = losses.copy()
    losses[-1] *= scale
    if setup.is_ours and not setup.settings.network.batch_norm:
        start = training.evaluator(setup.dataset.train)(setup.initial).loss + _penalty(training, setup.initial)
        losses[0] = scale * start if math.isfinite(start) else losses[0]
    return losses


def _evaluated(training: Training) -> tuple[dict[str, Evaluation], dict[str, float]]:
    """The network as it is now on the training and the validation split, and the row that says so."""
    setup, name = training.setup, quality_column(training.setup.dataset.task)
    whole = len(setup.dataset.train.X) if setup.settings.batch_size is None else 1024
    trained = _evaluation(training, training.evaluator(setup.dataset.train, whole))
    row = {"loss": trained.loss + _penalty(training, training.workspace.theta), name: trained.quality}
    if training.valid is None:
        return {"train": trained}, row
    valid = _evaluation(training, training.valid)
    return {"train": trained, "valid": valid}, row | {"valid_loss": valid.loss, f"valid_{name}": valid.quality}


def _evaluation(training: Training, evaluator: Evaluator) -> Evaluation:
    return evaluator(training.workspace.theta, training.workspace.statistics())


def judge(
    losses: NDArray[np.float64],
    quality: float,
    good: float,
    settings: OutcomeSettings,
    *,
    decent: float = math.inf,
    at_chance: bool = False,
) -> Outcome:
    """Judge a run that was not stopped early, by its losses, one a step.

    `quality` is the task's own measure at the end (accuracy, or R² for regression) and `good` what counts as good. From
    `decent` on a loss that hardly fell has not stalled: it started near its end. What is hardly better than the best
    constant answer (`at_chance`) has not converged.
    """
    first, last = float(losses[0]), float(losses[-1])
    if not math.isfinite(last):
        return "nan"
    if last > settings.diverged * first:
        return "diverged"
    if quality >= good and not at_chance:
        return "converged"
    # Means over a tenth of the run, since the losses of mini-batches are noisy.
    tenth = max(1, len(losses) // 10)
    end, before = float(np.mean(losses[-tenth:])), float(np.mean(losses[-2 * tenth :][:tenth]))
    flat = abs(before - end) <= settings.flat * abs(before)
    if flat and end <= settings.low_loss * first and not at_chance:
        return "converged"
    if end > (1 - settings.stalled) * first and quality < decent:
        return "stalled"
    return "finished"


def _imbalanced(setup: Setup) -> bool:
    """Whether a class is so small that the accuracy says little of it."""
    if setup.dataset.task not in ("binary", "classes"):
        return False
    counts = class_counts(setup.dataset.train.Y)
    least = setup.settings.diagnosis.thresholds.class_imbalance
    return bool(counts.max() >= least * counts[counts > 0].min())


def _penalty(training: Training, theta: NDArray[np.floating[Any]]) -> float:
    """The penalties on the weights, as far as the loss that is trained has them: a fault may have left one out."""
    optimizer, results = training.setup.settings.optimizer, {call.result for call in training.setup.program.calls}
    weights = theta * training.workspace.arrays["is_weight"]
    total = 0.0
    with np.errstate(all="ignore"):
        if "penalty" in results:
            total += 0.5 * optimizer.decay_in_loss * float(np.dot(weights, weights))
        if "l1" in results:
            total += optimizer.l1_in_loss * float(np.dot(np.sign(weights), weights))
    return total
