"""Points at which a black box is asked for its loss, and how well a candidate explains what it answered.

Whoever sets the weights of a layer to 0 feeds it its bias alone, whatever is below. So the layers can be found one
after the other, from the output down, each with the few activations that there are; a product over all layers is
never searched where there are biases. What a penalty on weights or biases adds is fitted beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import random_parameters
from runner.diagnosis.recognition.black_box import BlackBox
from runner.diagnosis.recognition.layout import Layout
from runner.diagnosis.recognition.units import LossForm, Unit
from runner.subjects.black_box import BlackBoxError

Array = NDArray[np.float64]
# Relative differences that rounding explains.
DOUBLE, SINGLE = 1e-9, 3e-5
Parameters = list[tuple[Array, Array]]


@dataclass(frozen=True)
class Point:
    """Parameters theta, samples X (n, features), targets Y (n, outputs) as the network gets them, the loss it gave.

    `targets` are those that the loss compares with, which are one-hot where Y holds the numbers of classes.
    """

    theta: Array
    X: Array
    Y: Array
    targets: Array
    loss: float


@dataclass(frozen=True)
class Samples:
    """Where samples come from: X (n, features), Y (n, outputs), and the number of classes if Y numbers them."""

    X: Array
    Y: Array
    classes: int | None = None

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """n samples as different as they are, X moved at random; all numbers such that float32 holds them."""
        chosen = rng.permutation(np.resize(rng.permutation(len(self.X)), n))
        spread = self.X.std(axis=0) if len(self.X) > 1 else np.abs(self.X[0])
        moved = self.X[chosen] + 0.1 * np.where(spread > 0, spread, 1.0) * rng.normal(size=(n, self.X.shape[1]))
        return in_single(moved), self.Y[chosen]

    def targets(self, Y: Array) -> Array:
        """What the loss compares with."""
        return Y if self.classes is None else np.eye(self.classes)[Y[:, 0].astype(int)]


def in_single(values: Array) -> Array:
    """The nearest numbers that float32 holds, so that parameters kept in it are the ones that were given."""
    return np.asarray(np.asarray(values, dtype=np.float32), dtype=np.float64)


class Prober:
    """Asks a black box, in one layout, on one number of samples."""

    def __init__(self, black_box: BlackBox, layout: Layout, samples: Samples, rng: np.random.Generator) -> None:
        self.black_box, self.layout, self.samples, self._rng = black_box, layout, samples, rng

    def at(self, theta: Array, X: Array, Y: Array) -> Point:
        """The loss at a point."""
        theta = in_single(theta)
        loss = self.black_box.loss(self.layout.arrays(theta), X, Y)
        return Point(theta, X, Y, self.samples.targets(Y), loss)

    def random(self, count: int, n: int) -> list[Point]:
        """Points with all parameters at random."""
        return [self.at(self._theta(), *self.samples.draw(n, self._rng)) for _ in range(count)]

    def fed_biases(self, layer: int, count: int, n: int) -> list[Point]:
        """Points at which a layer gets its bias alone and those below nothing."""
        points = []
        for _ in range(count):
            theta = self._theta()
            for below in self.layout.architecture.layers[:layer]:
                W, b = below.split(theta)
                W[...] = 0.0
                if below.index < layer:
                    b[...] = 0.0
            points.append(self.at(theta, *self.samples.draw(n, self._rng)))
        return points

    def feels(self, layer: int, n: int) -> bool:
        """Whether the loss depends on the bias of a layer."""
        this = self.layout.architecture.layers[layer - 1]
        for point in self.random(2, n):
            theta = point.theta.copy()
            _, b = this.split(theta)
            b[:, 0] += self._rng.uniform(0.5, 1.5, size=this.fan_out)
            if self.at(theta, point.X, point.Y).loss != point.loss:
                return True
        return False

    def predicted(self, point: Point) -> Array | None:
        """What the box predicts at a point, (outputs, n), where that can be the outputs; None where it can't."""
        try:
            told = self.black_box.predict(self.layout.arrays(point.theta), point.X)
        except BlackBoxError:
            return None
        if told is None:
            return None
        n, outputs = len(point.X), self.layout.sizes[-1]
        values = np.asarray(told, dtype=np.float64)
        if values.size != n * outputs or np.array_equal(values, np.round(values)):
            return None
        return values if values.shape == (outputs, n) else values.reshape(n, outputs).T

    def _theta(self) -> Array:
        return random_parameters(self.layout.architecture, self.samples.X, self._rng)


@dataclass(frozen=True)
class Suffix:
    """What the layers from some layer to the output, and the loss, may compute; signs of biases, 0: none is used."""

    units: tuple[Unit, ...]
    signs: tuple[int, ...]
    form: LossForm


def split(theta: Array, layout: Layout) -> Parameters:
    """W (fan_out, fan_in) and b (fan_out, 1), 0 where there is none, of each layer."""
    parts = []
    for layer in layout.architecture.layers:
        W, b = layer.split(theta)
        parts.append((W, b if b.size else np.zeros((layer.fan_out, 1))))
    return parts


def outputs(units: Sequence[Unit], signs: Sequence[int], parts: Parameters, below: Array) -> Array:
    """A of the last layer, (outputs, n), from what the first of some layers gets, (units, n)."""
    A = below
    for unit, sign, (W, b) in zip(units, signs, parts, strict=True):
        A = unit(W @ A + sign * b)
    return A


class Fit:
    """Losses at some points, as c sums + penalties on weights and on biases.

    The penalties are whatever they are: what is left of losses and sums without their part is compared.
    """

    def __init__(self, points: Sequence[Point], layout: Layout) -> None:
        self.losses = np.array([point.loss for point in points])
        self.squares = np.array([_half_squares(point.theta, layout) for point in points])
        self._kept = np.eye(len(points))
        some = self.squares.max(axis=0) > 0
        for column in np.linalg.qr(self.squares[:, some])[0].T:
            self._kept -= np.outer(column, column)
        self._rest = self._kept @ self.losses
        self._size = float(np.linalg.norm(self._rest))

    @property
    def usable(self) -> bool:
        """Whether the losses are finite and not all explained by penalties."""
        return bool(np.isfinite(self.losses).all()) and self._size > 0.0

    def __call__(self, sums: Array) -> tuple[float, float]:
        """What c sums (points,) leave of the losses, as a share; and c."""
        if not np.isfinite(sums).all():
            return np.inf, np.nan
        s = self._kept @ sums
        squares = float(s @ s)
        if squares <= 1e-28 * float(sums @ sums):
            return np.inf, np.nan
        c = float(s @ self._rest) / squares
        return float(np.linalg.norm(self._rest - c * s)) / self._size, c

    def penalties(self, sums: Array, c: float, precision: float) -> Array:
        """The factors of the half sums of squares of weights and of biases beside c sums; 0 where there is none."""
        rest = self.losses - c * sums
        factors = np.linalg.lstsq(self.squares, rest, rcond=None)[0]
        seen = np.abs(factors) * self.squares.max(axis=0) > 100 * precision * np.abs(self.losses).max()
        if seen.any():
            factors[seen] = np.linalg.lstsq(self.squares[:, seen], rest, rcond=None)[0]
        return np.where(seen, factors, 0.0)


def _half_squares(theta: Array, layout: Layout) -> tuple[float, float]:
    parts = split(theta, layout)
    return 0.5 * sum(float(np.sum(W**2)) for W, _ in parts), 0.5 * sum(float(np.sum(b**2)) for _, b in parts)
