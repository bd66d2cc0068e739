"""Which samples the runs of a pack see in each step: the same as alone, gathered for all runs by one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from runner.network.inference import columns
from runner.network.ops import Array, Bound
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace, run
from runner.rng import IntArray
from runner.training.feeding.batches import GivenOrder, Orders, Segment, stretches
from runner.training.setup import Setup


def packed_batches_of(workspace: Workspace, setups: Sequence[Setup]) -> PackedFullBatch | PackedMiniBatches:
    """The batches of runs with the same batch size."""
    full = setups[0].settings.batch_size in (None, len(setups[0].dataset.train.X))
    return (PackedFullBatch if full else PackedMiniBatches)(workspace, setups)


def _share_data(setups: Sequence[Setup]) -> bool:
    first = setups[0].dataset.train
    return all(
        setup.dataset.train.X is first.X
        or (np.array_equal(setup.dataset.train.X, first.X) and np.array_equal(setup.dataset.train.Y, first.Y))
        for setup in setups[1:]
    )


class PackedFullBatch:
    """Every step sees all samples; inputs that all runs share are stored once."""

    def __init__(self, workspace: Workspace, setups: Sequence[Setup]) -> None:
        bias = workspace.architecture.bias
        pairs = [columns(setup.dataset.train.X, setup.dataset.train.Y, bias) for setup in setups]
        inputs = pairs[0][0] if _share_data(setups) else np.stack([inputs for inputs, _ in pairs])
        self._batch = workspace.batch(inputs, np.stack([targets for _, targets in pairs]))
        run(self._batch.calls(Phase.BATCH))

    def segments(self, first: int, count: int) -> Iterator[Segment]:
        """The `count` steps from step `first` on."""
        yield Segment(self._batch, count, ())


class PackedMiniBatches:
    """Each run goes through its samples in an order of its own; rows that all runs share are stored once."""

    def __init__(self, workspace: Workspace, setups: Sequence[Setup]) -> None:
        first, replicas = setups[0], len(setups)
        size = first.settings.batch_size
        assert size is not None
        parts = [setup.dataset.train for setup in setups]
        shared = _share_data(setups)
        known = parts[:1] if shared else parts
        self._samples, features = parts[0].X.shape
        self._size = size
        outputs, bias = parts[0].Y.shape[1], workspace.architecture.bias
        self._rows = np.ones((len(known) * self._samples, features + bias), dtype=parts[0].X.dtype)
        self._rows[:, :features] = np.concatenate([part.X for part in known])
        self._targets = np.concatenate([part.Y for part in known])
        self._offsets = np.zeros(replicas, np.int64) if shared else np.arange(replicas) * self._samples
        orders = [setup.streams.order if setup.settings.shuffle else GivenOrder for setup in setups]
        self._orders = [Orders(self._samples, order) for order in orders]
        self._epoch, self._indices = -1, np.empty((0, 0), dtype=np.int64)
        self._batches: dict[int, tuple[Batch, Array, Array]] = {}
        for n in {size, self._samples % size} - {0}:
            gathered = np.empty((replicas, n, features + bias), dtype=parts[0].X.dtype)
            rows = np.empty((replicas, n, outputs), dtype=parts[0].Y.dtype)
            targets = np.empty((replicas, outputs, n), dtype=parts[0].Y.dtype)
            self._batches[n] = workspace.batch(gathered.swapaxes(1, 2), targets), gathered, rows

    def segments(self, first: int, count: int) -> Iterator[Segment]:
        """The `count` steps from step `first` on, split where the batch size or the epoch changes."""
        for epoch, start, steps, size in stretches(self._samples, self._size, first, count):
            batch, gathered, rows = self._batches[size]
            indices = self._indices_of(epoch)[:, start : start + steps * size]
            yield Segment(batch, steps, (self._gather(batch, gathered, rows, indices), *batch.calls(Phase.BATCH)))

    def _gather(self, batch: Batch, gathered: Array, rows: Array, indices: IntArray) -> Bound:
        replicas, n = gathered.shape[:2]
        parts = iter(np.ascontiguousarray(indices.reshape(replicas, -1, n).swapaxes(0, 1)))
        take_rows = partial(self._rows.take, axis=0, out=gathered, mode="clip")
        take_targets = partial(self._targets.take, axis=0, out=rows, mode="clip")
        to_columns = partial(np.copyto, batch["Y"], rows.swapaxes(1, 2))

        def gather() -> None:
            part = next(parts)
            take_rows(part)
            take_targets(part)
            to_columns()

        return gather

    def _indices_of(self, epoch: int) -> IntArray:
        """Rows of all runs' samples in the order of an epoch, (replicas, samples)."""
        if epoch != self._epoch:
            orders = np.stack([orders.of(epoch) for orders in self._orders])
            self._epoch, self._indices = epoch, orders + self._offsets[:, None]
        return self._indices
