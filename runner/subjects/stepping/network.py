"""Somebody's network as one flat vector of parameters, and what a step calls: loss, gradient, an update of theirs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from runner.subjects.calling.answers import as_gradients, as_loss, as_outputs
from runner.subjects.calling.bench import Built
from runner.subjects.calling.recipe import Recipe
from runner.subjects.complaint import Complaint

Array = NDArray[np.float64]


class Network:
    """A network that is used as `recipe` says, with an `update` of its own (None: ours) at our learning `rate`."""

    def __init__(self, recipe: Recipe, update: Recipe | None, rate: float) -> None:
        self.recipe, self.update, self.rate = recipe, update, rate

    def targets(self, Y: Array) -> Array:
        """Targets as the network was found to want them: a binary class may be two columns of one."""
        width = self.recipe.data.Y.shape[1]
        return Y if Y.shape[1] == width else np.hstack([1.0 - Y, Y])

    def at(self, theta: Array, X: Array, Y: Array) -> Built:
        """The network for these samples, its arrays filled from the flat vector."""
        built = self.recipe.bench.at(X, self.targets(Y))
        start = 0
        for one in built.parameters:
            size = int(np.prod(one.shape, dtype=np.int64))
            one.set(theta[start : start + size].reshape(one.shape))
            start += size
        return built

    def loss(self, built: Built, X: Array, Y: Array) -> float:
        """The loss; a `Complaint` where it gives none. Where it has none, half the squared error of its outputs."""
        recipe = self.recipe
        if recipe.written is None:
            with np.errstate(all="ignore"):
                return float(0.5 * np.sum(np.square(self.outputs(built, X, Y) - self.targets(Y))) / len(X))
        return as_loss(recipe.bench.evaluate(recipe.loss, built, X, self.targets(Y)), recipe.loss.text)

    @property
    def loss_text(self) -> str:
        """What gives the loss."""
        recipe = self.recipe
        if recipe.written is not None:
            return recipe.written.text
        return f"0.5 * np.sum(({recipe.predict.text if recipe.predict else 'outputs'} - Y)**2) / n"

    def outputs(self, built: Built, X: Array, Y: Array) -> Array:
        """The outputs (n, outputs); a `Complaint` where it gives none."""
        recipe, width = self.recipe, self.recipe.data.Y.shape[1]
        assert recipe.predict is not None
        found = as_outputs(recipe.bench.evaluate(recipe.predict, built, X, self.targets(Y)), len(X), width)
        if found is None:
            raise Complaint(f"{recipe.predict.text} gives no outputs for {len(X)} samples")
        return found[0]

    def gradient(self, built: Built, X: Array, Y: Array) -> Array:
        """The gradient (parameters,) on samples, as it gives it or as its own update shows it."""
        recipe, Y = self.recipe, self.targets(Y)
        if recipe.updates:
            arrays = [np.array(one.value, dtype=np.float64) for one in built.parameters]
            found = recipe.bench.updates(recipe.gradients, arrays, X, Y, recipe.lr, recipe.rate)
        else:
            value = recipe.bench.evaluate(recipe.gradients, built, X, Y)
            found = as_gradients(value, built.parameters, recipe.gradients.text)
        return _flat(found)

    def updated(self, update: Recipe, built: Built, X: Array, Y: Array) -> Array:
        """The parameters after an update of theirs, at our learning rate where it takes one."""
        Y = self.targets(Y)
        if update.rate is not None:
            setattr(built.subject, update.rate, self.rate)
        update.bench.evaluate(update.gradients, built, X, Y, self.rate)
        built.parameters = update.bench.found_again(built, X, Y)
        return _flat([one.now() for one in built.parameters])

    @staticmethod
    def takes_rate(update: Recipe) -> bool:
        """Whether an update of theirs is given our learning rate."""
        return update.rate is not None or update.gradients.mentions("lr")

    def stepped(self, theta: Array, X: Array, Y: Array) -> Array:
        """What a step makes of parameters: an update of theirs, or its gradient added."""
        built = self.at(theta, X, Y)
        self.loss(built, X, Y)
        if self.update is not None:
            self.at(theta, X, Y)
            return self.updated(self.update, built, X, Y)
        gradient = self.gradient(built, X, Y)
        with np.errstate(all="ignore"):
            return np.asarray(theta - 1e-3 * gradient)


@contextmanager
def same_draws() -> Iterator[None]:
    """Leave the global generators as they were."""
    kept = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(kept[0])
        random.setstate(kept[1])


def _flat(arrays: list[Array]) -> Array:
    return np.concatenate([np.ravel(array) for array in arrays])
