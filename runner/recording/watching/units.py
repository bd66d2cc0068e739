"""The units of a script's hidden layers that can't learn, counted while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from runner.files.history import NULL
from runner.recording.watching.flatness import FLAT_KINDS
from runner.recording.watching.step import Activated

# They are counted at steps that lie this share of their number apart: 1, 2, ..., 8, 10, 12, ...
_APART = 8


class CountedUnits:
    """The lost units of activations, counted at steps at logarithmic distance.

    `given` holds for each activation the values that its place gave in a step. `lost` gets a step, an activation and
    how many of its units are lost.
    """

    def __init__(
        self,
        activations: Sequence[Activated],
        given: Sequence[list[Any]],
        lost: Callable[[int, Activated, int], None],
    ) -> None:
        self._activations = list(zip(activations, given, strict=True))
        self._lost, self._next = lost, 0
        self.unknown = [NULL] * len(self._activations)

    def shares(self, step: int) -> list[float]:
        """The share of lost units of each activation; NULL where it isn't counted."""
        if step < self._next:
            return self.unknown
        self._next = step + 1 + step // _APART
        return [self._share(step, one, values) for one, values in self._activations]

    def _share(self, step: int, one: Activated, values: list[Any]) -> float:
        if one.spot.number >= len(values):
            return NULL
        A = values[one.spot.number]
        if not isinstance(A, np.ndarray) or A.ndim != 2 or A.shape[one.axis] < 2:
            return NULL
        count = int(np.count_nonzero(FLAT_KINDS[one.kind][1](A).all(axis=one.axis)))
        self._lost(step, one, count)
        return count / int(A.shape[1 - one.axis])
