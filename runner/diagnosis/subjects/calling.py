"""The check by calls alone, where what was recorded can't be relied on: gradients against differences of the loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.sides import check_by_calls
from runner.diagnosis.subjects.leaks import leaks_of
from runner.network.arrays import Entries
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


class CalledNetwork:
    """A network that is known by its calls; a `NetworkUnderTest`. A call that fails is a `Complaint`."""

    points = tuple((point.name, point) for point in _POINTS)

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def is_finite(self, at: Point) -> bool:
        """Whether parameters and loss are finite there."""
        arrays, X, Y = self._at(at)
        return bool(np.isfinite(_flat(arrays)).all() and np.isfinite(self._recipe.loss_at(arrays, X, Y)))

    def checks(self, at: Point, point: str) -> list[ArrayCheck]:
        """Its gradient against differences."""
        recipe, (arrays, X, Y) = self._recipe, self._at(at)
        here = recipe.loss_at(arrays, X, Y)
        recipe.bench.fresh()  # what leaks from call to call is looked for by itself
        theta, supplied = _flat(arrays), _flat(recipe.gradients_at(arrays, X, Y))
        ends, shapes = np.cumsum([array.size for array in arrays])[:-1], [array.shape for array in arrays]

        def losses(entries: Entries, values: Array) -> Array:
            answers = []
            for entry, value in zip(entries, values, strict=True):
                changed = theta.copy()
                changed[entry] = value
                parts = [part.reshape(shape) for part, shape in zip(np.split(changed, ends), shapes, strict=True)]
                answers.append(recipe.loss_at(parts, X, Y))
            return np.array(answers)

        names = [one.name for one in recipe.bench.at(X, Y).parameters]
        parts = arrays_of(names, shapes, X.shape[1], Y.shape[1])
        return check_by_calls(parts, theta, supplied, here, losses, point)

    def causes(self) -> list[GradientMistake]:
        """What is left from call to call."""
        return leaks_of(self._recipe)

    def _at(self, point: Point) -> tuple[list[Array], Array, Array]:
        """Parameters and samples of a point: few samples where it takes any number of them."""
        whole = self._recipe.data
        n = min(_SAMPLES, len(whole.X))
        n = n // 2 + 1 if point.seed == 2 else n
        X, Y = (whole.X[:n], whole.Y[:n]) if _takes(self._recipe, whole.X[:n], whole.Y[:n]) else (whole.X, whole.Y)
        initial, size = self._recipe.bench.at(X, Y).initial, float(np.sqrt(np.mean(np.square(X)))) or 1.0
        return moved(initial, point, size), X, Y


def _takes(recipe: Recipe, X: Array, Y: Array) -> bool:
    try:
        recipe.loss_at(None, X, Y)
        recipe.gradients_at(None, X, Y)
    except Complaint:
        return False
    return True


def _flat(arrays: list[Array]) -> Array:
    return np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
