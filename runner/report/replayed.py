"""What plots ask a trained network for: its answers to its data and everywhere around them, at some steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Dataset, Split

Array = NDArray[Any]

_CURVE, _CURVE_MARGIN = 300, 0.1  # points of a curve; of the range of the data, on both sides
_PLANE_MARGIN = 0.12
_MOST_POINTS = 300  # samples that are drawn, around which a plane is


class Replayed(ABC):
    """A trained network with its data, at some steps."""

    most_samples = 20_000  # of a part of the data, that are looked at
    fineness = 140  # points along each side of a plane

    @property
    @abstractmethod
    def dataset(self) -> Dataset:
        """The data, scaled as the network sees them."""

    @abstractmethod
    def finite(self) -> list[int]:
        """The steps at which its parameters are finite, in their order."""

    @abstractmethod
    def answers(self, part: Split, step: int) -> Array:
        """The outputs (n, outputs) for a split at the parameters of a step."""

    @abstractmethod
    def answers_for(self, X: Array, step: int) -> Array:
        """The outputs (n, outputs), in the data's own units, for inputs (n, features) in theirs."""

    def moments(self) -> list[int]:
        """Start, middle and end of what was learnt: the last finite parameters, and those half-way to them."""
        steps = self.finite()
        if len(steps) < 3:
            return steps
        middle = min(steps[1:-1], key=lambda step: abs(step - steps[-1] / 2))
        return [steps[0], middle, steps[-1]]

    def shown(self) -> tuple[str, Split]:
        """The data that say most about the network, with their name: those it was not trained on, where there are any.

        Of many samples the first are taken.
        """
        data = self.dataset
        held = [("test", data.test), ("validation", data.valid), ("training", data.train)]
        name, part = next((name, part) for name, part in held if part is not None)
        return name, Split(part.X[: self.most_samples], part.Y[: self.most_samples])

    def drawn_inputs(self, part: Split) -> Array:
        """The inputs (n, features) of those samples that are drawn, in their own units."""
        scaling = self.dataset.scaling
        return np.asarray(part.X[:_MOST_POINTS] * scaling.input_scale + scaling.input_mean)

    def plane(self) -> tuple[Array, Array]:
        """The points along both sides of a plane around data of two inputs."""
        X = self.drawn_inputs(self.dataset.train)
        low, high = X.min(axis=0), X.max(axis=0)
        room = _PLANE_MARGIN * np.where(high > low, high - low, 1.0)
        x, y = (np.linspace(low[k] - room[k], high[k] + room[k], self.fineness) for k in (0, 1))
        return x, y

    def line(self) -> Array:
        """Points along data of one input."""
        data = self.dataset
        held = data.test if data.test is not None else data.valid
        parts = [self.drawn_inputs(part) for part in (data.train, held) if part is not None]
        everything = np.concatenate(parts)
        low, high = float(everything.min()), float(everything.max())
        room = _CURVE_MARGIN * ((high - low) or 1.0)
        return np.linspace(low - room, high + room, _CURVE)

    def around(self) -> Array | None:
        """The inputs (n, features) on that plane or line; None for data of more inputs, or without answers there."""
        features = len(self.dataset.features)
        if features == 1:
            return self.line()[:, None]
        if features == 2:
            return np.stack([axis.ravel() for axis in np.meshgrid(*self.plane())], axis=1)
        return None
