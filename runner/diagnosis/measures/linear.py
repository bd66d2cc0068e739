"""What a linear function of the inputs can do: the best fit, and a linear program for whether classes separate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.network.architecture import Architecture
from runner.network.layer import ActivationChoice
from runner.training.measuring.measure import TaskMeasure

Array = NDArray[np.float64]

# Numbers in the matrix of a linear program (samples x features x classes) from which on it takes seconds, and
# iterations after which it is given up, so that the same programs are on any machine.
_LARGEST, _MOST_ITERATIONS = 300_000, 5_000
# Features up to which least squares are exact; for more, the normal equations are ten times as fast.
_FEW_FEATURES, _RIDGE = 64, 1e-8
# A total violation below this is the solver's tolerance.
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Separation:
    """Whether a hyperplane for each class (a single one for two) puts every sample on its right side.

    `violation` is the least sum, over the samples, of how far each is from the margin that it should keep; it is 0
    for classes that separate. `samples` is how many were asked for: where some don't separate, all don't.
    """

    separable: bool
    violation: float
    samples: int
    answers: Array


def is_linear(choice: ActivationChoice) -> bool:
    """Whether an activation does nothing, or the same to every number."""
    return choice.name == "identity" or (choice.name == "leaky_relu" and choice.parameters["slope"] == 1.0)


def linear_hidden_layers(architecture: Architecture) -> bool:
    """Whether what comes before the output activation is a linear function of the inputs, hidden layers or none."""
    return all(is_linear(choice) for choice in architecture.activations[:-1])


def design(X: Array, bias: bool) -> Array:
    """The inputs in comparable units, with a column of ones where there is a bias."""
    size = np.abs(X).max(axis=0)
    scaled = X / np.where(size > 0.0, size, 1.0)
    return np.hstack([scaled, np.ones((len(X), 1))]) if bias else scaled


def fitted(X: Array, Y: Array, output: ActivationChoice, measure: TaskMeasure, *, bias: bool = True) -> float:
    """The accuracy or R² of the least-squares fit, its outputs cut off where the output activation ends."""
    D = design(X, bias)
    middle = 0.0 if measure.task == "regression" or bias else _middle(Y)
    answers = D @ _least_squares(D, Y - middle) + middle
    return measure.value(np.clip(answers, *output.image).T, Y.T)


def separation(X: Array, Y: Array, *, bias: bool = True) -> Separation | None:
    """What the linear program says of one column of 0 and 1, or of one-hot rows; None where it takes too long.

    Of more samples than it can take, some are asked; None where these would separate whatever their classes.

    It is min sum(s) over W and s >= 0, with x_i (w_y - w_c) >= 1 - s_i for each sample and each other class c
    (Bennett and Mangasarian 1992; Crammer and Singer 2001 for several classes).
    """
    D = design(X, bias)
    most = max(_LARGEST // (D.shape[1] * max(1, Y.shape[1] - 1) ** 2), 4)
    if len(D) > most:
        if most <= D.shape[1]:
            return None
        chosen = np.random.default_rng(0).choice(len(D), most, replace=False)
        few, targets = D[chosen], Y[chosen]
    else:
        few, targets = D, Y
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, identity

    rows, sample = _constraints(few, targets)
    slack = identity(len(few), format="csr")[sample]
    matrix = hstack([csr_array(-rows), -slack], format="csr")
    columns = rows.shape[1]
    cost = np.concatenate([np.zeros(columns), np.ones(len(few))])
    bounds = [(None, None)] * columns + [(0.0, None)] * len(few)
    with np.errstate(all="ignore"):
        answer = linprog(
            cost, matrix, -np.ones(len(rows)), bounds=bounds, method="highs", options={"maxiter": _MOST_ITERATIONS}
        )
    if answer.status != 0:
        return None
    W = answer.x[:columns].reshape(-1, D.shape[1])
    scores = D @ W.T
    answers = (scores > 0.0).astype(np.float64) if Y.shape[1] == 1 else scores
    return Separation(bool(answer.fun < _TOLERANCE * len(few)), float(answer.fun), len(few), answers)


def _least_squares(D: Array, Y: Array) -> Array:
    if D.shape[1] <= _FEW_FEATURES:
        return np.asarray(np.linalg.lstsq(D, Y, rcond=None)[0], dtype=np.float64)
    gram = D.T @ D
    ridge = _RIDGE * np.trace(gram) / len(gram)
    return np.asarray(np.linalg.solve(gram + ridge * np.eye(len(gram)), D.T @ Y))


def _constraints(D: Array, Y: Array) -> tuple[Array, NDArray[Any]]:
    """The rows that must come to at least 1 - s, and the sample of each."""
    n, features = D.shape
    if Y.shape[1] == 1:
        return D * (2.0 * Y - 1.0), np.arange(n)
    classes, right = Y.shape[1], Y.argmax(axis=1)
    rows = np.zeros((n, classes, classes, features))
    others = np.ones((n, classes), dtype=bool)
    others[np.arange(n), right] = False
    for c in range(classes):
        rows[:, c, c] = -D
    rows[np.arange(n), :, right] += D[:, None, :]
    sample = np.broadcast_to(np.arange(n)[:, None], (n, classes))
    return rows[others].reshape(-1, classes * features), sample[others]


def _middle(Y: Array) -> float:
    """What a network without biases answers at 0: between the classes."""
    return 0.5 if Y.shape[1] == 1 else 1.0 / Y.shape[1]
