"""The masks of dropout: new ones for each step, from a random stream of each run.

The numbers of a step follow from the seed and the step alone: the stream is read from where the steps before leave it,
wherever training begins. So a resumed run, and one that a pack lets go, has the masks that it would have had, and a
checkpoint need not hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from runner.network.dropout import random_numbers
from runner.network.ops import Array, Bound
from runner.network.program import Phase
from runner.network.workspace import Batch
from runner.rng import Draws
from runner.training.feeding.batches import Segment
from runner.training.setup import Setup


class Segments(Protocol):
    """Gives steps as segments."""

    def segments(self, first: int, count: int) -> Iterator[Segment]:
        """The `count` steps from step `first` on."""


def with_masks(batches: Segments, setups: Sequence[Setup]) -> Segments:
    """The segments with masks drawn before each step, where there is dropout; `setups` has a run for each replica."""
    return MaskedSegments(batches, setups) if setups[0].program.of(Phase.MASK) else batches


class MaskedSegments:
    """The segments of some batches, before each step of which masks are drawn."""

    def __init__(self, batches: Segments, setups: Sequence[Setup]) -> None:
        first = setups[0]
        self._batches = batches
        self._layers = [layer for layer in first.architecture.layers if layer.dropout]
        self._units = sum(layer.fan_out for layer in self._layers)
        self._samples = len(first.dataset.train.X)
        self._size = first.settings.batch_size or self._samples
        self._streams = [_Stream(setup.streams.masks) for setup in setups]
        self._feeds: dict[Batch, tuple[Bound, ...]] = {}

    def segments(self, first: int, count: int) -> Iterator[Segment]:
        """The `count` steps from step `first` on."""
        step = first
        for segment in self._batches.segments(first, count):
            for stream in self._streams:
                stream.go_to(self._units * self._samples_before(step))
            yield replace(segment, feed=(*segment.feed, *self._feed(segment.batch)))
            step += segment.steps

    def _feed(self, batch: Batch) -> tuple[Bound, ...]:
        """The calls that make the masks of a batch."""
        if batch not in self._feeds:
            self._feeds[batch] = self._draw(batch), *batch.calls(Phase.MASK)
        return self._feeds[batch]

    def _samples_before(self, step: int) -> int:
        """How many samples the steps before have seen."""
        epoch, position = divmod(step, -(-self._samples // self._size))
        return epoch * self._samples + position * self._size

    def _draw(self, batch: Batch) -> Bound:
        numbers = [batch[random_numbers(layer)] for layer in self._layers]
        packed = bool(batch.workspace.lead)
        replicas = [
            (stream, [array[k] if packed else array for array in numbers]) for k, stream in enumerate(self._streams)
        ]

        def draw() -> None:
            for stream, arrays in replicas:
                for array in arrays:
                    np.copyto(array, stream.uniform(array.shape))

        return draw


class _Stream:
    """Uniform numbers from a random stream, read from any place in it."""

    def __init__(self, fresh: Callable[[], Draws]) -> None:
        self._fresh, self._draws, self._position = fresh, fresh(), 0

    def go_to(self, position: int) -> None:
        """Be where so many numbers have been drawn."""
        if position < self._position:
            self._draws, self._position = self._fresh(), 0
        if position > self._position:
            self._draws.skip_uniform(position - self._position)
        self._position = position

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """The next numbers."""
        self._position += int(np.prod(shape))
        return self._draws.uniform(shape)
