"""A compiled network as functions of its parameters: what the gradient check and the hypotheses compute with.

Everything is computed in float64, whatever the configuration trains in: a central difference in float32 is good to
2e-4 at best, and a mistake in a formula doesn't depend on the type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from runner.network.architecture import Architecture
from runner.network.dropout import use_fixed_masks
from runner.network.faults.placement import Placement
from runner.network.inference import Predictor, columns
from runner.network.layer import ActivationChoice
from runner.network.losses import LOSSES
from runner.network.ops import Bound
from runner.network.program import Phase
from runner.network.workspace import Workspace, run
from runner.subjects.complaint import BlackBoxError

Array = NDArray[np.float64]
Sides = tuple[Array, Array, NDArray[np.bool_]]

_LOSS = (Phase.FORWARD, Phase.OUTPUT, Phase.LOSS)
# Numbers in the arrays of a pack: as many as half of a level-2 cache holds, and never more copies than pay.
_PACKED, _MOST_REPLICAS = 2**16, 64


class Computation:
    """Loss and gradient of a network as functions of its parameters and of the samples.

    With dropout they are those of masks that are the same in every call on so many samples.

    One workspace serves all calls, so that what a faulty network remembers from call to call is remembered here.
    `lr` is the learning rate that updates inside of the gradient use, `calls` how many calls its program has. A fault
    that can't be computed on so many samples is a `BlackBoxError`.
    """

    def __init__(self, network: Placement, lr: float = 0.0, *, penalties: bool = True) -> None:
        self.architecture = architecture = network.context.architecture
        self._bias = architecture.bias
        program = network.program(penalties=penalties)
        self.calls = len(program.calls)
        self._workspace = Workspace(architecture, program, scalars=("loss",))
        _set_rate(self._workspace, lr)

    def loss(self, theta: Array, X: Array, Y: Array) -> float:
        """The loss of parameters (parameters,) on samples X (n, features) with targets Y (n, outputs)."""
        self._run(theta, X, Y, *_LOSS)
        return float(self._workspace.arrays["loss"])

    def gradient(self, theta: Array, X: Array, Y: Array) -> Array:
        """The gradient (parameters,) that the network computes."""
        self._run(theta, X, Y, *_LOSS, Phase.BACKWARD)
        return np.array(self._workspace.gradient, dtype=np.float64)

    def gradient_on(self, X: Array, Y: Array) -> Callable[[Array], Array]:
        """`gradient` on samples that stay the same, for whoever asks often: the calls are tied once."""
        calls = self._calls(X, Y, *_LOSS, Phase.BACKWARD)

        def gradient(theta: Array) -> Array:
            np.copyto(self._workspace.theta, theta)
            with np.errstate(all="ignore"):
                run(calls)
            return np.array(self._workspace.gradient, dtype=np.float64)

        return gradient

    def both(self, theta: Array, X: Array, Y: Array) -> tuple[float, Array]:
        """Loss and gradient of one pass."""
        gradient = self.gradient(theta, X, Y)
        return float(self._workspace.arrays["loss"]), gradient

    def _run(self, theta: Array, X: Array, Y: Array, *phases: Phase) -> None:
        np.copyto(self._workspace.theta, theta)
        try:
            with np.errstate(all="ignore"):
                run(self._calls(X, Y, *phases))
        except ValueError as error:  # shapes that a fault makes disagree
            raise BlackBoxError(str(error)) from error

    def _calls(self, X: Array, Y: Array, *phases: Phase) -> list[Bound]:
        batch = self._workspace.batch(*columns(X, Y, self._bias))
        use_fixed_masks(batch)
        return batch.calls(Phase.BATCH, *phases)


class Perturbed:
    """The losses on both sides of a point, one parameter shifted at a time; many shifts in one pass as a pack.

    A pack gives the bits that each shift gives alone (tests/diagnosis/test_differences.py).
    """

    def __init__(
        self,
        network: Placement,
        theta: Array,
        X: Array,
        Y: Array,
        *,
        penalties: bool = True,
        replicas: int | None = None,
    ) -> None:
        context = network.context
        architecture = context.architecture
        program = network.program(penalties=penalties)
        self._replicas = replicas or _replicas(architecture, len(X))
        lead = None if self._replicas == 1 else self._replicas
        self._workspace = workspace = Workspace(architecture, program, replicas=lead, scalars=("loss",))
        inputs, targets = columns(X, Y, architecture.bias)
        if lead is not None:
            targets = np.repeat(targets[None], lead, axis=0)
        batch = workspace.batch(inputs, targets)
        run(batch.calls(Phase.BATCH))
        use_fixed_masks(batch)
        self._calls: list[Bound] = batch.calls(*_LOSS)
        self._kinked = [batch[name] for name in kinks_at_zero(network)]
        self._kinked_at_zero = workspace.arrays["is_weight"] > 0 if penalties and context.l1 else None
        self._theta = np.asarray(theta, dtype=np.float64)
        self._rows = workspace.theta.reshape(self._replicas, -1)
        self._rows[...] = self._theta
        self._losses = workspace.arrays["loss"].reshape(self._replicas)

    def __call__(self, entries: NDArray[np.int64], above: Array, below: Array) -> Sides:
        """The losses with each of `entries` (m,) of the parameters at `above` (m,), and at `below` (m,).

        The third result says where a unit, the loss itself, or a weight under L1 is on two sides of its kink.
        """
        losses = np.empty((2, len(entries)))
        crossed = np.zeros(len(entries), dtype=bool)
        for start in range(0, len(entries), self._replicas):
            part = slice(start, start + self._replicas)
            losses[0, part], signs = self._shifted(entries[part], above[part])
            losses[1, part], others = self._shifted(entries[part], below[part])
            for one, other in zip(signs, others, strict=True):
                crossed[part] |= (one != other).any(axis=1)
        if self._kinked_at_zero is not None:
            crossed |= self._kinked_at_zero[entries] & (np.sign(above) != np.sign(below))
        return losses[0], losses[1], crossed

    def _shifted(self, entries: NDArray[np.int64], values: Array) -> tuple[Array, list[Array]]:
        used = len(entries)
        rows = np.arange(used)
        self._rows[rows, entries] = values
        with np.errstate(all="ignore"):
            run(self._calls)
        self._rows[rows, entries] = self._theta[entries]
        signs = [np.sign(array).reshape(self._replicas, -1)[:used] for array in self._kinked]
        return self._losses[:used].copy(), signs


def kinks_at_zero(network: Placement) -> list[str]:
    """The arrays of the program at whose zeros the loss has a kink."""
    context = network.context
    names = [
        f"Z{layer.index}"
        for layer in context.architecture.layers
        if _has_kink(layer.choice.name, tuple(layer.choice.overrides.items()))
    ]
    kink = LOSSES[context.loss].kink
    return names if kink is None else [*names, kink]


def random_parameters(architecture: Architecture, X: Array, rng: np.random.Generator) -> Array:
    """Parameters at which no unit is flat or at its kink: normal, W of variance 1/fan_in for inputs of size 1."""
    theta = rng.normal(size=architecture.parameter_count)
    size = max(float(np.sqrt(np.mean(np.square(X)))), 1e-100) if X.size else 1.0
    for layer in architecture.layers:
        W, b = layer.split(theta)
        W /= np.sqrt(layer.fan_in) * (size if layer.index == 1 else 1.0)
        b *= 0.5
        gamma = layer.gamma(theta)
        gamma[...] = 1.0 + 0.3 * gamma
    return theta


@cache
def _has_kink(name: str, overrides: tuple[tuple[str, float], ...]) -> bool:
    """Whether the slopes of an activation left and right of 0 differ: measured, so that a new one is known, too."""
    one = Architecture((1, 1), (ActivationChoice(name, dict(overrides)),), bias=False)
    h = 1e-6
    left, middle, right = Predictor(one, {"layer_1/W": np.ones((1, 1))})(np.array([[-h], [0.0], [h]]))[:, 0]
    return bool(abs((right - middle) - (middle - left)) > 1e-3 * h)


def _replicas(architecture: Architecture, samples: int) -> int:
    numbers = architecture.parameter_count + 3 * samples * sum(architecture.sizes[1:])
    return int(np.clip(_PACKED // numbers, 1, _MOST_REPLICAS))


def _set_rate(workspace: Workspace, lr: float) -> None:
    if "lr" in workspace.arrays:
        workspace.arrays["lr"][...] = lr
