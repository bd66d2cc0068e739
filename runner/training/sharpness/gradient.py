"""The gradient of a step's samples at other parameters, in arrays of its own."""

from __future__ import annotations

import numpy as np

from runner.network.dropout import masks_of
from runner.network.faults.catalogue import STATE
from runner.network.ops import Array
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace, run


class BatchGradient:
    """The gradient on the samples of a batch, with its masks, as a function of the parameters, all in float64.

    It is the gradient of the batch's own program, with faults and weight decay; the memory of a faulty network is
    cleared before each call. In float64 the samples are not copied.
    """

    def __init__(self, batch: Batch, phases: tuple[Phase, ...]) -> None:
        own = batch.workspace
        self._workspace = Workspace(own.layout, own.program)
        self._theirs = [batch[name] for name in (own.layout.inputs, "Y")]
        self._mine = [array.astype(np.float64, copy=False) for array in self._theirs]
        bound = self._workspace.batch(self._mine[0], self._mine[1])
        masks = masks_of(batch)
        self._theirs += [array for _, array in masks]
        self._mine += [bound[name] for name, _ in masks]
        self._before, self._calls = bound.calls(Phase.BATCH), bound.calls(*phases)
        self._remembered = [bound[name] for name in STATE if name in own.arrays or name in batch.arrays]

    def read_samples(self, lr: float) -> None:
        """Take the samples that are in the batch now; `lr` is the learning rate of updates within the gradient."""
        self._workspace.arrays["lr"][...] = lr
        for mine, theirs in zip(self._mine, self._theirs, strict=True):
            if mine is not theirs:
                np.copyto(mine, theirs)
        run(self._before)

    def __call__(self, theta: Array) -> Array:
        """The gradient (parameters,), in an array that the next call overwrites."""
        np.copyto(self._workspace.theta, theta)
        for array in self._remembered:
            array[...] = 0.0
        run(self._calls)
        return self._workspace.gradient
