"""Whether a network that is a linear function of its inputs fails because the data are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Task
from runner.diagnosis.case import Case
from runner.diagnosis.measures.linear import Separation, fitted, separation
from runner.diagnosis.measures.neighbours import quality, sampled, voted
from runner.network.architecture import ActivationChoice

Array = NDArray[np.float64]

# Fewer samples say too little of their neighbours.
_MANY = 30
# How much further on the way from chance to perfect the neighbours must come.
_FURTHER = 0.2
# So far on that way that hardly anything is missing; what is more than rounding.
_NEARLY_PERFECT, _A_LITTLE = 0.9, 0.01


@dataclass(frozen=True)
class Linearity:
    """What is known of a linear function of these inputs.

    `best` is the measure of the best one found (least squares, the linear program, the network itself); `neighbours`
    that of the mean target of the five nearest samples, None where these are few. `separable` and `violation` are the
    linear program's, None for a regression. `proven`: no linear function does well, and the inputs tell more.
    """

    best: float
    neighbours: float | None
    separable: bool | None
    violation: float | None
    samples: int
    insufficient: bool
    proven: bool

    @property
    def evidence(self) -> dict[str, float | bool | None]:
        """As findings.json holds it."""
        return {
            "best_linear": self.best,
            "nearest_neighbours": self.neighbours,
            "separable": self.separable,
            "violation": self.violation,
            "samples": self.samples,
        }


def linearity(case: Case) -> Linearity:
    """Ask least squares, the linear program and the nearest neighbours about the training part."""
    task, part = case.setup.dataset.task, case.setup.dataset.train
    X, Y = sampled(part.X, part.Y)
    asked = separations(X, Y, task)
    answered = [one.answers for one in asked or ()]
    best, separable = best_linear(X, Y, case.setup.architecture.activations[-1], task, answered), None
    best = max(best, case.conclusion.quality)
    if asked and (not all(one.separable for one in asked) or all(one.samples == len(X) for one in asked)):
        separable = all(one.separable for one in asked)
    neighbours = voted(X, Y, task) if len(X) >= _MANY else None
    progress = progress_of(case, best)
    short = progress < case.thresholds.good_progress
    if neighbours is not None and progress < _NEARLY_PERFECT:
        short = short or falls_short(case, best, neighbours)
    insufficient = short and separable is not True
    return Linearity(
        best=best,
        neighbours=neighbours,
        separable=separable,
        violation=sum(one.violation for one in asked) if asked else None,
        samples=min((one.samples for one in asked), default=len(X)) if asked else len(X),
        insufficient=insufficient,
        proven=insufficient and _tell_more(case, X, Y, best, neighbours),
    )


def separations(X: Array, Y: Array, task: Task, *, bias: bool = True) -> list[Separation] | None:
    """The linear program's answers, one for each label of several; None for a regression, or where it can't tell."""
    if task == "regression":
        return None
    columns = [Y] if task != "multilabel" else [Y[:, [k]] for k in range(Y.shape[1])]
    asked = [separation(X, column, bias=bias) for column in columns]
    found = [one for one in asked if one is not None]
    return found if len(found) == len(asked) or any(not one.separable for one in found) else None


def best_linear(
    X: Array, Y: Array, output: ActivationChoice, task: Task, answers: list[Array], *, bias: bool = True
) -> float:
    """The measure of the best linear function found: least squares, or the linear program's `answers`."""
    best = fitted(X, Y, output, task, bias=bias)
    if answers and sum(one.shape[1] for one in answers) == Y.shape[1]:
        best = max(best, quality(task, np.hstack(answers), Y))
    return best


def progress_of(case: Case, measure: float) -> float:
    """How far a measure is on the way from chance (0) to perfect (1)."""
    return max(0.0, (measure - case.chance) / (1.0 - case.chance)) if case.chance < 1.0 else 0.0


def falls_short(case: Case, reached: float, possible: float) -> bool:
    """Whether a measure is no good where another is, or is left far behind by one that is nearly perfect."""
    got, open_to_it, thresholds = progress_of(case, reached), progress_of(case, possible), case.thresholds
    if got < thresholds.good_progress:
        return open_to_it >= thresholds.good_progress
    return open_to_it >= max(_NEARLY_PERFECT, got + _A_LITTLE, got + thresholds.gain * (1.0 - got))


def _tell_more(case: Case, X: Array, Y: Array, best: float, neighbours: float | None) -> bool:
    """Whether it isn't noise that a linear function fails on: neighbours know better, or are all of the other class."""
    if neighbours is None:
        if case.setup.dataset.task == "regression":
            return False
        _, groups = np.unique(X, axis=0, return_inverse=True)
        return all((Y[groups == group] == Y[groups == group][0]).all() for group in np.unique(groups))
    if falls_short(case, best, neighbours):
        return True
    if case.setup.dataset.task == "regression":
        return progress_of(case, neighbours) >= progress_of(case, best) + _FURTHER
    below = case.chance - 3.0 * np.sqrt(case.chance * (1.0 - case.chance) / len(X))
    return progress_of(case, neighbours) >= progress_of(case, best) + _FURTHER or neighbours < below
