"""How a subject is used: what is called for what, with which samples, and what is known of its loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.subjects.calling.bench import Bench
from runner.subjects.calling.forms import Data
from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression

Array = NDArray[np.float64]

# Losses that differ by less, relatively, are the same; float32 among the types of a file is allowed for.
_SAME = 1e-4
# Samples whose losses are added up.
_SUMMED = 8


@dataclass(frozen=True)
class Recipe:
    """How a subject is used; `updates` where it changes its parameters in place of giving gradients.

    `written` is its loss, None where it has none.
    """

    bench: Bench
    data: Data
    written: Expression | None
    gradients: Expression
    predict: Expression | None
    updates: bool
    rate: str | None
    lr: float
    stated: bool = False

    @property
    def loss(self) -> Expression:
        """Its loss; a `Complaint` where it has none."""
        if self.written is None:
            raise Complaint("it has no loss", "subject.names.loss")
        return self.written

    def loss_at(self, arrays: Sequence[Array] | None, X: Array, Y: Array) -> float:
        """The loss of parameters (None: those of the start) on samples; a `Complaint` for whatever is raised."""
        return self.bench.loss(self.loss, arrays, X, Y)

    def gradients_at(self, arrays: Sequence[Array] | None, X: Array, Y: Array) -> list[Array]:
        """Its gradients there, from its update where it gives none."""
        if self.updates:
            return self.bench.updates(self.gradients, arrays, X, Y, self.lr, self.rate)
        return self.bench.gradients(self.gradients, arrays, X, Y)

    def outputs_at(self, arrays: Sequence[Array] | None, X: Array) -> Array | None:
        """Its outputs (n, outputs); None where it gives none, or nothing but labels."""
        if self.predict is None:
            return None
        found = self.bench.outputs(self.predict, arrays, X, self.data.Y.shape[1])
        return None if found is None else found[0]

    @property
    def guessed(self) -> bool:
        """Whether the learning rate is that which fits the loss."""
        return self.updates and self.rate is None and not self.gradients.mentions("lr") and not self.stated


def overflows(recipe: Recipe) -> bool:
    """Whether the loss is another one where the samples have the types that they have in the file."""
    types = recipe.data.types
    if types is None or all(np.dtype(kind).kind == "f" for kind in types):
        return False
    X, Y = recipe.data.X, recipe.data.Y
    try:
        plain = recipe.loss_at(None, X, Y)
        recipe.bench.fresh()
        recipe.bench.types = types
        own = recipe.loss_at(None, X, Y)
    except Complaint:
        return False
    finally:
        recipe.bench.types = None
        recipe.bench.fresh()
    return abs(own - plain) > _SAME * max(abs(own), abs(plain))


def is_sum_over_samples(recipe: Recipe) -> bool:
    """Whether the losses of two halves add up to the same, however the samples are halved."""
    n = min(len(recipe.data.X), _SUMMED) // 2 * 2
    if n < 4:
        return True
    orders = (np.arange(n), np.random.default_rng(0).permutation(n))
    sums = []
    try:
        for order in orders:
            halves = (order[: n // 2], order[n // 2 :])
            losses = [recipe.loss_at(None, recipe.data.X[h], recipe.data.Y[h]) for h in halves]
            sums.append(sum(losses))
    except Complaint:
        return True
    finally:
        recipe.bench.fresh()
    return not abs(sums[0] - sums[1]) > 1e-6 * max(abs(one) for one in sums)
