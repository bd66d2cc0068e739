"""What a rung sees of a network: loss, gradient and outputs as functions of its flat parameters, on the rung's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.under_test import NetworkUnderTest
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Formulas:
    """What one layer of neurons should compute, as far as hand arithmetic has to know.

    `scale` is what the loss is multiplied with beside its reduction, `weight_decay` and `l1` those of
    the penalties on weights.
    """

    activation: ActivationChoice
    loss: str
    options: LossOptions
    bias: bool
    weight_decay: float = 0.0
    l1: float = 0.0
    scale: float = 1.0


class RungNetwork(NetworkUnderTest[Array], Protocol):
    """A network of the rung's sizes; everything is computed on the rung's four samples."""

    @property
    def notes(self) -> Sequence[str]:
        """Sentences to print."""
        ...

    @property
    def precision(self) -> float:
        """The relative difference that rounding explains."""
        ...

    @property
    def most_steps(self) -> int:
        """How many steps of training its calls are quick enough for."""
        ...

    @property
    def X(self) -> Array:
        """The inputs (4, 2)."""
        ...

    @property
    def Y(self) -> Array:
        """The right answers (4, outputs)."""
        ...

    @property
    def formulas(self) -> Formulas | None:
        """What a network of one layer should compute; None where that isn't known."""
        ...

    @property
    def hidden(self) -> Sequence[str] | None:
        """The activations of the hidden layers; None where they aren't known."""
        ...

    @property
    def has_bias(self) -> bool:
        """Whether it has biases at all."""
        ...

    def without_decay(self) -> RungNetwork:
        """The same without the weight decay that is known of, for training."""
        ...

    def starts(self) -> Sequence[Array]:
        """Initial parameters, its own first, each (parameters,)."""
        ...

    def names(self) -> Sequence[str]:
        """A name for each parameter: w1, b, W1[0, 1], ..."""
        ...

    def moved(self, theta: Array, seed: int, share: float = 0.3) -> Array:
        """Parameters moved at random, by a share of their usual size."""
        ...

    def neurons(self, weights: Array, biases: Array) -> Array:
        """The parameters of a network of one layer with weights (outputs, 2) and biases (outputs,)."""
        ...

    def layer_rows(self, theta: Array) -> list[Array]:
        """The parameters of each unit of the first layer, where it is a hidden one; else nothing."""
        ...

    def loss(self, theta: Array) -> float:
        """The loss that it reports."""
        ...

    def gradient(self, theta: Array) -> Array:
        """The gradient (parameters,) that it computes."""
        ...

    def slopes(self, theta: Array) -> Array:
        """The gradient (parameters,) by central differences of its loss."""
        ...

    def outputs(self, theta: Array) -> Array | None:
        """Its answers (4, outputs); None where it gives none that can be compared."""
        ...

    def overflows(self, theta: Array) -> bool:
        """Whether a call of its forward pass is seen to overflow."""
        ...
