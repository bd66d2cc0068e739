"""Which samples each step sees.

Full batch: one binding of the program to all samples. Mini-batches: the samples in a new random order each epoch, or
in their own, the last, smaller batch kept; a gather call stands in front of the program, and one binding serves all
batches of a size, with what feeds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from runner.network.inference import columns
from runner.network.native.feed import Feed
from runner.network.native.nest import Nest, Own
from runner.network.ops import Array, Bound
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace, run
from runner.rng import IntArray
from runner.training.setup import Setup


@dataclass(frozen=True)
class Segment:
    """Consecutive steps on batches of one size; the calls of `feed` load the samples of each step.

    All segments of a size share these calls, which have been given the samples of the latest: take one after the other.
    """

    batch: Batch
    steps: int
    feed: tuple[Bound, ...]


class Order(Protocol):
    """Gives the order of the samples in each epoch."""

    def permutation(self, n: int) -> IntArray:
        """The numbers 0..n-1 in the order of the next epoch."""


class GivenOrder:
    """The samples in their own order, each epoch."""

    def permutation(self, n: int) -> IntArray:
        """The numbers 0..n-1."""
        return np.arange(n)


class FullBatch:
    """Every step sees all samples."""

    def __init__(self, workspace: Workspace, X: Array, Y: Array) -> None:
        self.batch = workspace.batch(*columns(X, Y, workspace.layout.bias))
        run(self.batch.calls(Phase.BATCH))
        self.steps_per_epoch = 1

    def segments(self, first: int, count: int) -> Iterator[Segment]:
        """The `count` steps from step `first` on."""
        yield Segment(self.batch, count, ())

    def samples(self, step: int) -> IntArray:
        """Which samples a step sees, in the order of its batch."""
        return np.arange(self.batch.n)


class Orders:
    """The order of the samples in each epoch: the k-th permutation that a fresh `order()` gives."""

    def __init__(self, samples: int, order: Callable[[], Order]) -> None:
        self._samples, self._order = samples, order
        self._orders, self._epoch, self._permutation = order(), -1, np.empty(0, dtype=np.int64)

    def of(self, epoch: int) -> IntArray:
        """The numbers of the samples (samples,) in the order of an epoch."""
        if epoch < self._epoch:
            self._orders, self._epoch = self._order(), -1
        while self._epoch < epoch:
            self._permutation = self._orders.permutation(self._samples)
            self._epoch += 1
        return self._permutation


class Gather(Feed):
    """Gives each step of a segment its samples: rows (samples, features) and targets (outputs, samples) of a data set.

    They go to `gathered` (n, features) and `batch_targets` (outputs, n).
    """

    def __init__(self, rows: Array, targets: Array, gathered: Array, batch_targets: Array) -> None:
        self._rows, self._targets, self._gathered, self._batch_targets = rows, targets, gathered, batch_targets
        self._indices = np.zeros((-(-len(rows) // len(gathered)), len(gathered)), dtype=np.intp)
        # mode="clip" skips NumPy's check of the indices, which are valid: it takes a third of the time.
        self._take_rows = partial(rows.take, axis=0, out=gathered, mode="clip")
        self._take_targets = partial(targets.take, axis=1, out=batch_targets, mode="clip")

    def load(self, indices: IntArray) -> None:
        """Be given the samples of the steps to come, (steps * n,)."""
        parts = indices.reshape(-1, self._indices.shape[1])
        self._indices[: len(parts)] = parts
        self.row = 0

    def __call__(self) -> None:
        """Gather the samples of the next step."""
        part = self._indices[self.row]
        self._take_rows(part)
        self._take_targets(part)
        self.row += 1

    def nests(self) -> list[Nest]:
        """The same as two loops, along the samples of a step."""
        first = self._indices[0]
        advance = (0, self._indices.strides[0], 0)
        rows, targets = self._rows, self._targets
        row, entry = Own("gather", rows.strides[0]), Own("gather", targets.itemsize)
        return [
            Nest(
                row,
                (rows, first, self._gathered),
                (),
                (),
                (len(first),),
                (rows.strides[0], first.itemsize, self._gathered.strides[0]),
                advance,
            ),
            Nest(
                entry,
                (targets, first, self._batch_targets),
                (len(targets),),
                ((targets.strides[0], 0, self._batch_targets.strides[0]),),
                (len(first),),
                (targets.itemsize, first.itemsize, self._batch_targets.itemsize),
                advance,
            ),
        ]


class MiniBatches:
    """Each epoch goes through all samples once, in an order of its own.

    `order` starts a fresh stream of draws; epoch k has its k-th permutation, so that training can start at any step.
    """

    def __init__(self, workspace: Workspace, X: Array, Y: Array, batch_size: int, order: Callable[[], Order]) -> None:
        samples, features = X.shape
        bias = workspace.layout.bias
        self._samples, self._size, self._orders = samples, batch_size, Orders(samples, order)
        self._rows = np.ones((samples, features + bias), dtype=X.dtype)
        self._rows[:, :features] = X
        self._targets = np.ascontiguousarray(Y.T)
        self.steps_per_epoch = -(-samples // batch_size)
        self._batches: dict[int, tuple[Batch, Gather, tuple[Bound, ...]]] = {}
        for size in {batch_size, samples % batch_size} - {0}:
            gathered = np.zeros((size, features + bias), dtype=X.dtype)
            targets = np.zeros((Y.shape[1], size), dtype=Y.dtype)
            batch = workspace.batch(gathered.T, targets)
            gather = Gather(self._rows, self._targets, gathered, targets)
            self._batches[size] = batch, gather, (gather, *batch.calls(Phase.BATCH))

    def segments(self, first: int, count: int) -> Iterator[Segment]:
        """The `count` steps from step `first` on, split where the batch size or the epoch changes."""
        for epoch, start, steps, size in stretches(self._samples, self._size, first, count):
            batch, gather, feed = self._batches[size]
            gather.load(self._orders.of(epoch)[start : start + steps * size])
            yield Segment(batch, steps, feed)

    def samples(self, step: int) -> IntArray:
        """Which samples a step sees, in the order of its batch."""
        epoch, position = divmod(step, self.steps_per_epoch)
        return self._orders.of(epoch)[position * self._size :][: self._size]


def stretches(samples: int, batch_size: int, first: int, count: int) -> Iterator[tuple[int, int, int, int]]:
    """The `count` steps from step `first` on, split where the batch size or the epoch changes.

    Each stretch: its epoch, the position in it of its first sample, its steps, and the samples of each.
    """
    step, end, whole = first, first + count, samples // batch_size
    while step < end:
        epoch, position = divmod(step, -(-samples // batch_size))
        steps, size = (whole - position, batch_size) if position < whole else (1, samples % batch_size)
        steps = min(steps, end - step)
        yield epoch, position * batch_size, steps, size
        step += steps


Batches = FullBatch | MiniBatches


def batches_of(setup: Setup, workspace: Workspace) -> Batches:
    """The samples of each step of a run."""
    settings, part = setup.settings, setup.dataset.train
    if settings.batch_size is None or settings.batch_size == len(part.X):
        return FullBatch(workspace, part.X, part.Y)
    order = setup.streams.order if settings.shuffle else GivenOrder
    return MiniBatches(workspace, part.X, part.Y, settings.batch_size, order)
