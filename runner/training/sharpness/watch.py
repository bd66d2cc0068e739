"""Stability during a run: its learning rate as a share of the largest stable one.

Measured at the start, at logarithmically spaced steps, and at the parameters of a bad step if the gradient near them is
still finite.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from runner.network.ops import Array
from runner.network.workspace import Batch
from runner.training import agenda
from runner.training.network import GradientElsewhere
from runner.training.setup import Setup
from runner.training.sharpness.hessian import FEWEST, largest_eigenvalue
from runner.training.sharpness.limit import stability_limit
from runner.training.updates.rates import Rates

COLUMN = "stability"

# One measurement for so many planned steps, but at least LEAST. A measurement takes as long as four to nine steps of a
# large network, and 12 to 24 of the smallest, where vector operations take longer than the gradients.
STEPS_EACH, LEAST = 500, 3
# Products of the Hessian with a vector: up to MOST if the tolerance needs them. In a short run the later measurements
# use fewer, so that their gradients are at most about SHARE of those of the run (one in float64 counts as two in
# float32).
MOST, TOLERANCE, SHARE = 8, 0.1, 0.04


class SharpnessWatch:
    """Measures the stability of one run, in float64 and in arrays of its own: the training's numbers don't change.

    `steps` are those at which it is measured, none where it is off.
    """

    def __init__(self, setup: Setup, rates: Rates) -> None:
        self._settings, self._rates, self._network = setup.settings.optimizer, rates, setup.network
        known = stability_limit(self._settings, 1.0) is not None and setup.network.gradient_changes_nothing
        self._wanted = setup.settings.watch.sharpness == "auto" and known
        count = max(LEAST, setup.steps // STEPS_EACH) if self._wanted else 0
        self.steps = agenda.thinned(agenda.logarithmic(setup.steps), count)
        gradients = SHARE * setup.steps * np.dtype(setup.settings.dtype).itemsize / 8
        self._later = min(MOST, max(FEWEST, int(gradients / max(1, count)) - 1))
        self._gradients: dict[Batch, GradientElsewhere] = {}
        self._vector: Array | None = None
        self.names = ("sharpest direction",)

    @property
    def state(self) -> dict[str, Array]:
        """What the next measurement starts from: the vector that the last one found."""
        return {} if self._vector is None else {self.names[0]: self._vector}

    @state.setter
    def state(self, state: Mapping[str, Array]) -> None:
        self._vector = state.get(self.names[0])

    def measure(self, batch: Batch, step: int) -> dict[str, float]:
        """The column `stability` of a step: its learning rate over the limit, at the current parameters.

        Measured on the samples in `batch`: with mini-batches those of this step, not all data. Empty where no formula
        gives a limit, or where a gradient is not finite.
        """
        if not self._wanted:
            return {}
        if batch not in self._gradients:
            self._gradients[batch] = self._network.gradient_elsewhere(batch)
        lr = float(self._rates.learning_rates(step, 1)[0])
        gradient = self._gradients[batch]
        gradient.read_samples(lr)
        theta = batch.workspace.theta
        products = MOST if self._vector is None else self._later
        found = largest_eigenvalue(gradient, theta, self._vector, products=products, tolerance=TOLERANCE)
        if found is None:
            return {}
        self._vector = found.vector
        limit = stability_limit(self._settings, found.eigenvalue)
        return {COLUMN: lr / limit} if limit is not None else {}
