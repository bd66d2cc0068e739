"""What was recognised of a black box: a network of ours, and how its numbers and arrays become those of the box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.recognition.layout import Layout
from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.fault import Context

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Multiple:
    """A number that depends on the number of samples n: factor n^power."""

    factor: float = 1.0
    power: int = 0

    def __call__(self, n: int) -> float:
        """The number for n samples."""
        return self.factor * float(n) ** self.power


@dataclass(frozen=True)
class Penalty:
    """What the box's loss has beside that of our network: halves of sums of squares of weights, of biases."""

    weights: Multiple = Multiple(0.0)
    biases: Multiple = Multiple(0.0)

    def gradient(self, theta: Array, is_weight: NDArray[np.bool_], n: int) -> Array:
        """Its gradient at flat parameters."""
        return theta * np.where(is_weight, self.weights(n), self.biases(n))

    def value(self, theta: Array, is_weight: NDArray[np.bool_], n: int) -> float:
        """Itself."""
        return 0.5 * float(theta @ self.gradient(theta, is_weight, n))

    def __bool__(self) -> bool:
        return self.weights.factor != 0.0 or self.biases.factor != 0.0


@dataclass(frozen=True)
class Recognised:
    """A network with the black box's own numbers.

    The box's loss is `scale` times that of `context` with the faults `forward`, plus `penalty`; `layout` says which
    array is what; `classes` is their number where the targets are numbers of classes, `precision` the relative
    difference that rounding explains, `sentence` all that in words. `others` give the same losses.
    """

    context: Context
    layout: Layout
    forward: tuple[FaultChoice, ...] = ()
    scale: Multiple = Multiple()
    penalty: Penalty = Penalty()
    classes: int | None = None
    precision: float = 1e-9
    sentence: str = ""
    others: tuple[Recognised, ...] = ()

    def theta(self, arrays: Sequence[Array]) -> Array:
        """Our flat parameters, or their gradient, (parameters,) for the box's arrays."""
        return self.layout.theta(arrays)

    def arrays(self, theta: Array) -> list[Array]:
        """The box's arrays for our flat parameters."""
        return self.layout.arrays(theta)

    def targets(self, Y: Array) -> Array:
        """The box's targets (n, outputs) as our network takes them."""
        return Y if self.classes is None else np.eye(self.classes)[Y[:, 0].astype(int)]

    @property
    def is_weight(self) -> NDArray[np.bool_]:
        """Which of our parameters are weights."""
        found = np.ones(self.context.architecture.parameter_count, dtype=bool)
        for layer in self.context.architecture.layers:
            layer.split(found)[1][...] = False
        return found

    def told(self, sentence: str) -> Recognised:
        """The same with another sentence."""
        return replace(self, sentence=sentence)
