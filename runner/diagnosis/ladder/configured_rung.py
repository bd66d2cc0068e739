"""The configured network on a rung, with its faults."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runner.diagnosis.gradients.computation import random_parameters
from runner.diagnosis.gradients.configured import CheckedAt, ConfiguredNetwork
from runner.diagnosis.gradients.gradient_check import ArrayCheck, Demands
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.ladder.rung_network import Array, Formulas
from runner.diagnosis.ladder.tables import STARTS, STEP, TOLERANCE
from runner.diagnosis.ladder.textbook import LOSSES, knows
from runner.network.arrays import arrays_of
from runner.network.inference import columns
from runner.network.initialisers import initial_parameters
from runner.network.program import Phase
from runner.network.workspace import Workspace, run
from runner.rng import Streams
from runner.training.setup import Setup


class ConfiguredRung:
    """Our network on a rung; a `RungNetwork`.

    `X` and `Y` are the right samples; what it computes with are those of its setup, which a fault may have spoiled.
    """

    precision = 1e-9
    # Three hidden layers of sigmoids stay on the plateau of XOR for up to 3,000.
    most_steps = 4000

    def __init__(self, setup: Setup, X: Array, Y: Array, notes: Sequence[str] = (), *, penalties: bool = True) -> None:
        self.setup, self.X, self.Y, self.notes = setup, X, Y, notes
        self._architecture, self._network = setup.architecture, setup.placement
        part = setup.dataset.train
        self._own = part.X.astype(np.float64), part.Y.astype(np.float64)
        program = self._network.program(penalties=penalties)
        self._workspace = Workspace(self._architecture, program, scalars=("loss",))
        if "lr" in self._workspace.arrays:
            self._workspace.arrays["lr"][...] = setup.settings.optimizer.rate
        self._batch = self._workspace.batch(*columns(*self._own, self._architecture.bias))
        run(self._batch.calls(Phase.BATCH))
        self._forward = self._batch.calls(Phase.FORWARD, Phase.OUTPUT, Phase.LOSS)
        self._backward = self._batch.calls(Phase.BACKWARD)
        lr, budget = setup.settings.optimizer.rate, setup.settings.diagnosis.budget
        demands = Demands(tolerance=TOLERANCE)
        self._tested = ConfiguredNetwork(self._network, *self._own, lr, budget, demands, penalties=penalties)

    def __str__(self) -> str:
        return f"{self._architecture}; {self.setup.loss}"

    @property
    def formulas(self) -> Formulas | None:
        """What it is configured to compute; None where that isn't known by hand."""
        context = self._network.context
        if not knows(context.output.choice) or context.loss not in LOSSES or context.options.smoothing:
            return None
        return Formulas(
            activation=context.output.choice,
            loss=context.loss,
            options=context.options,
            bias=self._architecture.bias,
            weight_decay=context.weight_decay,
            l1=context.l1,
        )

    @property
    def hidden(self) -> Sequence[str]:
        """The activations of the hidden layers."""
        return [choice.name for choice in self._architecture.activations[:-1]]

    @property
    def has_bias(self) -> bool:
        """Whether it has biases."""
        return self._architecture.bias

    def without_decay(self) -> ConfiguredRung:
        """The same without penalties on its weights in loss and gradient."""
        if not self._network.context.has_penalties:
            return self
        return ConfiguredRung(self.setup, self.X, self.Y, self.notes, penalties=False)

    def starts(self) -> Sequence[Array]:
        """What the configured rule draws from the seed, and from those that follow."""
        settings = self.setup.settings
        found = []
        for more in range(STARTS):
            own = settings.init.seed if settings.init.seed is None else settings.init.seed + more
            draws = Streams(settings.rng, settings.seed + more, None, own).init()
            theta = initial_parameters(self._architecture, settings.init.weights, settings.init.bias, draws)
            found.append(self._as_kept(theta))
        return found

    def names(self) -> Sequence[str]:
        """w1, w2, b of one neuron, W1[0, 1], ... of more."""
        found = [""] * self._architecture.parameter_count
        single = self._architecture.sizes[1:] == (1,)
        for array in arrays_of(self._architecture):
            for index, entry in np.ndenumerate(array.entries):
                short = "b" if array.is_bias else f"w{index[0] + 1}"
                found[int(entry)] = short if single else f"{array.name}[{', '.join(map(str, index))}]"
        return found

    def moved(self, theta: Array, seed: int, share: float = 0.3) -> Array:
        """Moved by a share of what random parameters are."""
        rng = np.random.default_rng(seed)
        return np.asarray(theta + share * random_parameters(self._architecture, self.X, rng))

    def neurons(self, weights: Array, biases: Array) -> Array:
        """[w1 w2 b] of each neuron, one after the other."""
        rows = np.hstack([weights, biases[:, None]]) if self._architecture.bias else weights
        return self._as_kept(rows.ravel())

    def layer_rows(self, theta: Array) -> list[Array]:
        """The rows of [W1 b1] where there is a second layer."""
        if len(self._architecture.layers) < 2:
            return []
        first = self._architecture.layers[0]
        return list(theta[first.segment].reshape(first.fan_out, first.columns))

    def loss(self, theta: Array) -> float:
        """The loss of its program."""
        np.copyto(self._workspace.theta, theta)
        with np.errstate(all="ignore"):
            run(self._forward)
        return float(self._workspace.arrays["loss"])

    def gradient(self, theta: Array) -> Array:
        """The gradient of its program."""
        self.loss(theta)
        with np.errstate(all="ignore"):
            run(self._backward)
        return np.array(self._workspace.gradient, dtype=np.float64)

    def slopes(self, theta: Array) -> Array:
        """Central differences, one parameter after the other."""
        found = np.empty_like(theta)
        for index in range(len(theta)):
            above, below = theta.copy(), theta.copy()
            above[index] += STEP
            below[index] -= STEP
            found[index] = (self.loss(above) - self.loss(below)) / (above[index] - below[index])
        return found

    def outputs(self, theta: Array) -> Array:
        """The activations of its last layer."""
        self.loss(theta)
        return np.array(self._batch[f"A{len(self._architecture.layers)}"].T)

    def overflows(self, theta: Array) -> bool:
        """Whether NumPy reports an overflow in its forward pass."""
        np.copyto(self._workspace.theta, theta)
        try:
            with np.errstate(all="ignore", over="raise"):
                run(self._forward)
        except FloatingPointError:
            return True
        return False

    def is_finite(self, theta: Array) -> bool:
        """Whether parameters and loss are finite."""
        return self._tested.is_finite(CheckedAt(theta, *self._own))

    def checks(self, theta: Array, point: str) -> list[ArrayCheck]:
        """Its gradient against differences, an array at a time."""
        return self._tested.checks(CheckedAt(theta, *self._own), point)

    def causes(self) -> list[GradientMistake]:
        """The mistakes that explain its loss and gradient."""
        return self._tested.causes()

    def _as_kept(self, theta: Array) -> Array:
        """As the faults of the start leave parameters that are written into it."""
        for one in self._network.placed:
            theta = one.fault.start(one.value, theta)
        return np.asarray(theta, dtype=np.float64)
