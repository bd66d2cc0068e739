"""One layer: its activation, where its parameters stand in the flat vectors, and what they are called in a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from runner.network.activation import Activation
from runner.network.activations import ACTIVATIONS

Vector = NDArray[Any]


@dataclass(frozen=True)
class ActivationChoice:
    """An activation by name, with the parameters that differ from its defaults."""

    name: str
    overrides: Mapping[str, float] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.name)  # a mapping has no hash, and equal choices have equal names

    @property
    def activation(self) -> Activation:
        """The entry of the registry."""
        return ACTIVATIONS[self.name]

    @property
    def parameters(self) -> dict[str, float]:
        """All parameters of the function."""
        return {**self.activation.parameters, **self.overrides}

    @property
    def image(self) -> tuple[float, float]:
        """The range of its values with these parameters, asymptotes included."""
        return self.activation.image(self.parameters)

    def __str__(self) -> str:
        inner = ", ".join(f"{key}={value:g}" for key, value in self.overrides.items())
        return f"{self.name}({inner})" if inner else self.name


@dataclass(frozen=True)
class BatchNorm:
    """How layers are normalised: the share of each batch in the running statistics, and what is added to a variance."""

    momentum: float = 0.1
    epsilon: float = 1e-5


@dataclass(frozen=True)
class Layer:
    """One layer with weights, counted from 1.

    Its parameters are the `size` numbers from `start` in the flat vector: the matrix [W b] of (fan_out, columns), row
    by row, with columns = fan_in + 1 where there is a bias and fan_in where there is none. `dropout` is the probability
    with which a unit is dropped while training. A `normalised` layer has one more column, gamma, at the end, and its
    bias is added after the normalisation.
    """

    index: int
    fan_in: int
    fan_out: int
    columns: int
    start: int
    choice: ActivationChoice
    dropout: float = 0.0
    normalised: bool = False

    @property
    def size(self) -> int:
        """How many parameters the layer has."""
        return self.fan_out * self.columns

    @property
    def segment(self) -> slice:
        """Where they stand in the flat vectors."""
        return slice(self.start, self.start + self.size)

    def split(self, theta: Vector) -> tuple[Vector, Vector]:
        """The layer's part of a flat vector as W of (..., fan_out, fan_in) and b of (..., fan_out, 1).

        `theta` is (..., parameters); W and b are views of it where it is contiguous. b is (..., fan_out, 0) where the
        network has no biases.
        """
        block = theta[..., self.segment].reshape((*theta.shape[:-1], self.fan_out, self.columns))
        return block[..., : self.fan_in], block[..., self.fan_in : self.columns - self.normalised]

    def gamma(self, theta: Vector) -> Vector:
        """The scales of a normalised layer, (..., fan_out, 1), as a view; (..., fan_out, 0) of another layer."""
        block = theta[..., self.segment].reshape((*theta.shape[:-1], self.fan_out, self.columns))
        return block[..., self.columns - self.normalised :]


def running_statistics(layer: Layer) -> tuple[str, str]:
    """The names of the running mean and the running variance of a normalised layer, (units, 1)."""
    return f"running mean{layer.index}", f"running var{layer.index}"


def parameter_names(layer: Layer, bias: bool) -> tuple[str, str]:
    """The names of a layer's block of parameters and of its gradient."""
    index = layer.index
    if layer.normalised:
        b, db = (f" b{index}", f" db{index}") if bias else ("", "")
        return f"[W{index}{b} gamma{index}]", f"[dW{index}{db} dgamma{index}]"
    return (f"[W{index} b{index}]", f"[dW{index} db{index}]") if bias else (f"W{index}", f"dW{index}")
