"""Whether a network that is a linear function of its inputs fails because the data are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Task
from runner.diagnosis.case import Case
from runner.diagnosis.measures.linear import Separation, fitted, separation
from runner.diagnosis.measures.neighbours import LEAST_SAMPLES, sampled, voted, without_copies
from runner.network.layer import ActivationChoice
from runner.training.measuring.measure import TaskMeasure

Array = NDArray[np.float64]

# How much further on the way from chance to perfect the neighbours must come.
_FURTHER = 0.2
# So far on that way that hardly anything is missing, and that nothing is; what is more than the rounding of a target,
# and more than that of the arithmetic.
_NEARLY_PERFECT, _PERFECT = 0.9, 0.995
_A_LITTLE, _ANYTHING = 0.05, 0.01


@dataclass(frozen=True)
class Linearity:
    """What is known of a linear function of these inputs.

    `best` is the measure of the best one found (least squares, the linear program, the network itself); `neighbours`
    that of the mean target of the five nearest samples, `reference` the best of this and of quadratic functions, both
    None where samples are few. `separable` and `violation` are the
    linear program's, None for a regression. `proven`: no linear function does well, and the inputs tell more.
    """

    best: float
    neighbours: float | None
    reference: float | None
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
            "reference": self.reference,
            "separable": self.separable,
            "violation": self.violation,
            "samples": self.samples,
        }


def linearity(case: Case) -> Linearity:
    """Ask least squares, the linear program and the nearest neighbours about the training data."""
    measure, part = case.measure, case.setup.dataset.train
    X, Y = sampled(part.X, part.Y)
    asked = separations(X, Y, measure.task)
    answered = [one.answers for one in asked or ()]
    best, separable = best_linear(X, Y, case.setup.architecture.activations[-1], measure, answered), None
    best = max(best, case.conclusion.quality)
    if asked and (not all(one.separable for one in asked) or all(one.samples == len(X) for one in asked)):
        separable = all(one.separable for one in asked)
    neighbours = voted(*without_copies(X, Y, measure), measure) if len(X) >= LEAST_SAMPLES else None
    short = measure.progress(best) < case.thresholds.good_progress
    if case.reference is not None and not short:
        short = falls_short(case, best, case.reference)
    insufficient = short and separable is not True
    return Linearity(
        best=best,
        neighbours=neighbours,
        reference=case.reference,
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
    X: Array, Y: Array, output: ActivationChoice, measure: TaskMeasure, answers: list[Array], *, bias: bool = True
) -> float:
    """The measure of the best linear function found: least squares, or the linear program's `answers`."""
    best = fitted(X, Y, output, measure, bias=bias)
    if answers and sum(one.shape[1] for one in answers) == Y.shape[1]:
        best = max(best, measure.value(np.hstack(answers).T, Y.T))
    return best


def falls_short(case: Case, reached: float, possible: float) -> bool:
    """Whether a measure is no good where another is, or is left far behind by one that is nearly perfect."""
    got, open_to_it, thresholds = case.measure.progress(reached), case.measure.progress(possible), case.thresholds
    if got < thresholds.good_progress:
        return open_to_it >= thresholds.good_progress
    further = _ANYTHING if open_to_it >= _PERFECT else _A_LITTLE
    return open_to_it >= max(_NEARLY_PERFECT, got + further, got + thresholds.gain * (1.0 - got))


def _tell_more(case: Case, X: Array, Y: Array, best: float, neighbours: float | None) -> bool:
    """Whether it isn't noise that a linear function misses: others predict better, or neighbours say the opposite."""
    if neighbours is None or case.reference is None:
        if case.measure.task == "regression":
            return False
        _, groups = np.unique(X, axis=0, return_inverse=True)
        return all((Y[groups == group] == Y[groups == group][0]).all() for group in np.unique(groups))
    if falls_short(case, best, case.reference):
        return True
    further = case.measure.progress(case.reference) >= case.measure.progress(best) + _FURTHER
    if case.measure.task == "regression":
        return further
    chance = case.measure.chance
    return further or neighbours < chance - 3.0 * np.sqrt(chance * (1.0 - chance) / len(X))
