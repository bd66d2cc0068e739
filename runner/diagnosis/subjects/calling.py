"""The check by calls alone, where what was recorded can't be relied on: gradients against differences of the loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.gradient_check import ArrayCheck, check_gradient
from runner.diagnosis.gradients.sides import BothSides, Entries, demands_for
from runner.recording.scenario import Point
from runner.recording.scenarios.points import moved
from runner.subjects.calling.recipe import Recipe
from runner.subjects.complaint import Complaint
from runner.subjects.layers import arrays_of

Array = NDArray[np.float64]

# Samples that it is called with where it takes any number of them.
_SAMPLES = 32
_POINTS = (
    Point("the file's parameters"),
    Point("these moved at random", 1),
    Point("moved elsewhere, on half of the samples", 2),
)


def checked_by_calls(recipe: Recipe) -> list[list[ArrayCheck]]:
    """The gradients at each point at which the loss is finite; a `Complaint` where a call is not carried out."""
    found = []
    for point in _POINTS:
        X, Y = recipe.data.X[:_SAMPLES], recipe.data.Y[:_SAMPLES]
        if point.seed == 2:
            X, Y = X[: len(X) // 2 + 1], Y[: len(Y) // 2 + 1]
        if not _takes(recipe, X, Y):
            X, Y = recipe.data.X, recipe.data.Y
        arrays = moved(recipe.bench.at(X, Y).initial, point, float(np.sqrt(np.mean(np.square(X)))) or 1.0)
        loss = recipe.loss_at(arrays, X, Y)
        if np.isfinite(loss) and all(np.isfinite(array).all() for array in arrays):
            found.append(_checks(recipe, point, arrays, X, Y, loss))
    return found


def _checks(recipe: Recipe, point: Point, arrays: list[Array], X: Array, Y: Array, here: float) -> list[ArrayCheck]:
    recipe.bench.fresh()  # what leaks from call to call is looked for by itself
    theta, supplied = _flat(arrays), _flat(recipe.gradients_at(arrays, X, Y))
    ends = np.cumsum([array.size for array in arrays])[:-1]
    shapes = [array.shape for array in arrays]

    def losses(entries: Entries, values: Array) -> Array:
        answers = []
        for entry, value in zip(entries, values, strict=True):
            changed = theta.copy()
            changed[entry] = value
            parts = [part.reshape(shape) for part, shape in zip(np.split(changed, ends), shapes, strict=True)]
            answers.append(recipe.loss_at(parts, X, Y))
        return np.array(answers)

    names = [one.name for one in recipe.bench.at(X, Y).parameters]
    demands = demands_for(here, supplied)
    sides = BothSides(losses, here, len(theta), demands.epsilon)
    parts = arrays_of(names, shapes, X.shape[1], Y.shape[1])
    return check_gradient(parts, theta, supplied, sides, point.name, np.random.default_rng(0), demands)


def _takes(recipe: Recipe, X: Array, Y: Array) -> bool:
    try:
        recipe.loss_at(None, X, Y)
        recipe.gradients_at(None, X, Y)
    except Complaint:
        return False
    return True


def _flat(arrays: list[Array]) -> Array:
    return np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
