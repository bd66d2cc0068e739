"""The steps of a segment, one after the other: by Python, or by the compiled executor to the same bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from runner.network.native.feed import Feed
from runner.network.native.library import library
from runner.network.native.loops import NoLoopError
from runner.network.native.table import NativeSteps, translated
from runner.network.ops import Array, Bound

Rows = NDArray[np.float64]


class Steps(Protocol):
    """Takes steps: the calls for the gradient, a look at the row of scalars, the calls of the update."""

    def __call__(self, rows: Rows, first: int, end: int) -> int:
        """Take the steps `first` to `end`, each into its row of `rows` (steps, scalars).

        Returns `end`, or the step whose checked scalars are not all finite. Of that step the gradient is there, and
        neither is the update made nor the row written.
        """


class PythonSteps:
    """Steps taken call by call: the definition of what a step is.

    `scalars` (count,) is the row that a step leaves, `checked` how many of its first are to be finite.
    """

    def __init__(self, gradient: Sequence[Bound], update: Sequence[Bound], scalars: Array, checked: int) -> None:
        self.gradient, self.updates, self.scalars, self.checked = gradient, update, scalars, checked
        self._feeds = [call for call in (*gradient, *update) if isinstance(call, Feed)]

    def __call__(self, rows: Rows, first: int, end: int) -> int:
        """Take the steps `first` to `end`, as `Steps` says."""
        self._go_to(first)
        gradient, update, scalars, checked = self.gradient, self.updates, self.scalars, self.scalars[: self.checked]
        for row in range(first, end):
            for call in gradient:
                call()
            total = sum(checked.tolist())
            if total - total != 0.0:
                return row
            for call in update:
                call()
            rows[row] = scalars
        return end

    def with_extra(self, extra: Sequence[Bound]) -> PythonSteps:
        """The same with more calls between gradient and update, before it is known whether a step is finite."""
        return PythonSteps([*self.gradient, *extra], self.updates, self.scalars, self.checked)

    def update(self, row: int) -> None:
        """Make the update of a step whose gradient is there."""
        self._go_to(row)
        for call in self.updates:
            call()

    def _go_to(self, row: int) -> None:
        for feed in self._feeds:
            feed.row = row


def fastest(steps: PythonSteps) -> PythonSteps | NativeSteps:
    """The same steps by the compiled executor where it is there and has loops for each call, else by Python."""
    found = library()
    if found is None:
        return steps
    try:
        gradient, update = translated(found, steps.gradient), translated(found, steps.updates)
    except NoLoopError:
        return steps
    return NativeSteps(found, gradient, update, steps.scalars, steps.checked)
