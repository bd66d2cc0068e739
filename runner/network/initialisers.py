"""Initial weights and biases: the numbers of each rule beside its formula.

The weights of a layer are drawn as (fan_out, fan_in), row by row, the order in which hand-written code with W of that
shape draws; a bias is drawn as (fan_out, 1).
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from runner.network.architecture import Architecture
from runner.network.layer import Layer
from runner.rng import Draws

Finite = Annotated[float, Field(allow_inf_nan=False)]
Matrix = NDArray[np.float64]
# Lists in YAML, kept as tuples so that settings can't change; strict about the numbers all the same.
_Row = Annotated[tuple[Finite, ...], Field(strict=False)]
_Layer = Annotated[tuple[_Row | Finite, ...], Field(strict=False)]


class InitialValuesError(Exception):
    """A rule has no values for a layer; the message says why, `of` whether of its "weights" or its "bias"."""

    def __init__(self, of: str, message: str) -> None:
        super().__init__(message)
        self.of = of


class Initialiser(BaseModel):
    """A rule for the first values of a layer's weights or biases."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Any

    def weights(self, draws: Draws, layer: Layer) -> Matrix:
        """W of (fan_out, fan_in) for a layer."""
        return self._draw(draws, layer, (layer.fan_out, layer.fan_in))

    def biases(self, draws: Draws, layer: Layer) -> Matrix:
        """b of (fan_out, 1) for a layer."""
        return self._draw(draws, layer, (layer.fan_out, 1))

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        raise NotImplementedError


class Scaled(Initialiser):
    """Normal with a standard deviation that keeps the activations' variance from layer to layer.

    he: sqrt(2 / fan_in) (He et al. 2015, eq. 10); xavier: sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010,
    eq. 12); lecun: sqrt(1 / fan_in) (LeCun et al. 1998, eq. 16).
    """

    name: Literal["he", "xavier", "lecun"]

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        fan_in, fan_out = layer.fan_in, layer.fan_out
        variance = {"he": 2 / fan_in, "xavier": 2 / (fan_in + fan_out), "lecun": 1 / fan_in}[self.name]
        return draws.normal(shape) * math.sqrt(variance)


class Normal(Initialiser):
    """mean + std x standard normal."""

    name: Literal["normal"]
    mean: Finite = 0.0
    std: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 1.0

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        return self.mean + self.std * draws.normal(shape)


class Uniform(Initialiser):
    """Uniform in [low, high)."""

    name: Literal["uniform"]
    low: Finite = 0.0
    high: Finite = 1.0

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        return self.low + (self.high - self.low) * draws.uniform(shape)


class RandInt(Initialiser):
    """Integers in low..high-1, times scale."""

    name: Literal["randint"]
    low: int = 0
    high: int = 11
    scale: Finite = 0.01

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> RandInt:
        if not self.low < self.high:
            raise PydanticCustomError(
                "empty_range", "the range is empty: high is {high}, which is not above low, {low}", self.model_dump()
            )
        return self

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        return np.asarray(draws.integers(self.low, self.high, shape) * self.scale, dtype=np.float64)


class Orthogonal(Initialiser):
    """Orthonormal rows or columns, whichever are fewer, times gain (Saxe et al. 2014).

    The Q of the QR decomposition of a normal matrix, with the signs that make R's diagonal positive, so that Q is
    uniform over the orthogonal matrices (Mezzadri 2007).
    """

    name: Literal["orthogonal"]
    gain: Finite = 1.0

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        normal = draws.normal(shape)
        q, r = np.linalg.qr(normal if shape[0] >= shape[1] else normal.T)
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return np.asarray(self.gain * (q if shape[0] >= shape[1] else q.T), dtype=np.float64)


class ConstantInit(Initialiser):
    """The same value everywhere."""

    name: Literal["constant"]
    value: Finite = 0.0

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        return np.full(shape, self.value)


class Zeros(Initialiser):
    """Zeros."""

    name: Literal["zeros"]

    def _draw(self, draws: Draws, layer: Layer, shape: tuple[int, int]) -> Matrix:
        return np.zeros(shape)


class Explicit(Initialiser):
    """The values themselves: for each layer W as a (fan_in, fan_out) matrix, or b as a list of fan_out numbers."""

    name: Literal["explicit"]
    values: Annotated[tuple[_Layer, ...], Field(strict=False)]

    def weights(self, draws: Draws, layer: Layer) -> Matrix:
        """Draw nothing; `InitialValuesError` where the values are missing or of another shape."""
        return self._values("weights", layer, (layer.fan_in, layer.fan_out)).T.copy()

    def biases(self, draws: Draws, layer: Layer) -> Matrix:
        """Draw nothing; `InitialValuesError` where the values are missing or of another shape."""
        return self._values("bias", layer, (layer.fan_out,)).reshape(-1, 1)

    def _values(self, of: str, layer: Layer, shape: tuple[int, ...]) -> Matrix:
        what = f"layer {layer.index}"
        if layer.index > len(self.values):
            raise InitialValuesError(of, f"{what} has no values: values for {len(self.values)} are given")
        try:
            values = np.array(self.values[layer.index - 1], dtype=np.float64)
        except ValueError as error:
            raise InitialValuesError(of, f"the rows of {what} have different lengths") from error
        if values.shape != shape:
            raise InitialValuesError(of, f"the values of {what} have the shape {values.shape}, not {shape}")
        return values


INITIALISERS: dict[str, type[Initialiser]] = {
    "he": Scaled,
    "xavier": Scaled,
    "lecun": Scaled,
    "normal": Normal,
    "uniform": Uniform,
    "randint": RandInt,
    "orthogonal": Orthogonal,
    "constant": ConstantInit,
    "explicit": Explicit,
    "zeros": Zeros,
}


def initial_parameters(
    architecture: Architecture, weights: Initialiser, biases: Initialiser, draws: Draws
) -> NDArray[np.float64]:
    """The flat vector (parameters,) of initial values: layer after layer, first W, then b; gamma is 1."""
    theta = np.zeros(architecture.parameter_count)
    for layer in architecture.layers:
        W, b = layer.split(theta)
        layer.gamma(theta)[...] = 1.0
        for rule, view in ((weights.weights, W), (biases.biases, b)):
            if view.size:
                view[...] = rule(draws, layer)
    return theta
