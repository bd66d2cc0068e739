"""The first non-finite value of a step, and how it reached the loss or the gradient.

The parameters that led to it still exist when the watch notices, so the step is run again, call by call. A non-finite
value arises in a call whose result has a NaN or an infinity although no operand has. The first of these that reaches
the loss or, where the loss is finite, the gradient is reported: an exp that overflows within a sigmoid, where it gives
an exact 0, does no harm. Parameters, inputs and targets may be non-finite before any call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from runner.files.events import NonfiniteEvent
from runner.network.program import Call, Phase
from runner.network.workspace import Batch
from runner.rng import IntArray
from runner.training.nonfinite import culprit
from runner.training.nonfinite.before_step import bad_data, bad_parameters
from runner.training.nonfinite.culprit import TracedCall

_PHASES = {
    Phase.BATCH: "data",
    Phase.FORWARD: "forward",
    Phase.OUTPUT: "forward",
    Phase.LOSS: "loss",
    Phase.BACKWARD: "backward",
}


def first_nonfinite(batch: Batch, phases: tuple[Phase, ...], step: int, samples: IntArray) -> NonfiniteEvent:
    """The event of the first non-finite value in a step that reaches its loss or gradient, of which one is not finite.

    `samples`, (n,), are the numbers of the batch's samples in the training split.
    """
    # A program may have state that its calls change; the calls of a trace must not change it.
    written = {call.out for call in batch.workspace.program.of(*phases, Phase.UPDATE)}
    kept = {name: batch[name].copy() for name in written}
    calls = batch.workspace.program.of(*phases)
    event = _trace(batch, calls, step)
    for name, before in kept.items():
        batch[name][...] = before
    event = event or _as_left(batch, calls, step)
    if event.samples is None:
        return event
    numbers = tuple(map(int, samples[list(event.samples)]))
    return replace(event, samples=numbers, sample=numbers[0])


class _Propagation:
    """Which arrays are currently not finite, and for each the event behind it and the chain from there."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._events: list[NonfiniteEvent] = []
        self._ways: dict[str, tuple[int, tuple[str, ...]]] = {}

    def arises(self, name: str, event: NonfiniteEvent) -> None:
        """A non-finite value arises in the array `name`."""
        self._ways[name] = len(self._events), (event.tensor,)
        self._events.append(event)

    def passes(self, step: TracedCall, event: Callable[[], NonfiniteEvent]) -> None:
        """A call has been run; `event` describes the value that arises in it, if one does."""
        name = step.call.result
        if not step.bad.any():
            self._ways.pop(name, None)
            return
        sources = self._sources(step)
        if not sources:
            self.arises(name, event())
        elif name not in sources:
            first, way = min((self._ways[source] for source in sources), key=lambda known: known[0])
            self._ways[name] = first, (*way, name)

    def event(self, ends: Sequence[str]) -> NonfiniteEvent | None:
        """The event behind the first of these arrays that is not finite."""
        bad = (end for end in ends if end in self._ways and not np.isfinite(self._batch[end]).all())
        reached = next((self._ways[end] for end in bad), None)
        return None if reached is None else replace(self._events[reached[0]], chain=reached[1])

    def _sources(self, step: TracedCall) -> list[str]:
        """The known non-finite arrays that a call has read."""
        # An operand may be a transpose or a slice of one, or the same rows with a row of ones below.
        read = [
            self._batch[operand]
            for operand, array in zip(step.call.operands, step.given, strict=True)
            if isinstance(operand, str) and not np.isfinite(array).all()
        ]
        return [name for name in self._ways if any(np.may_share_memory(self._batch[name], array) for array in read)]


def _trace(batch: Batch, calls: tuple[Call, ...], step: int) -> NonfiniteEvent | None:
    propagation = _Propagation(batch)
    for name, event in (*bad_data(batch, step), *bad_parameters(batch, step)):
        propagation.arises(name, event)
    for position, call in enumerate(calls):
        ran = TracedCall.run(batch, call)
        propagation.passes(ran, partial(_event, batch, step, calls[:position], ran))
    gradients = [block.gradient for block in reversed(batch.workspace.layout.blocks)]
    return propagation.event(("loss", *gradients, "g"))


def _as_left(batch: Batch, calls: tuple[Call, ...], step: int) -> NonfiniteEvent:
    """The event of the last non-finite result as the step left it, where running the step again gives another result.

    That happens in programs with state from the step before, which the step itself has replaced.
    """
    left = ((position, TracedCall.left(batch, calls[position])) for position in reversed(range(len(calls))))
    position, ran = next((position, ran) for position, ran in left if ran.bad.any())
    return replace(_event(batch, step, calls[:position], ran), chain=(ran.call.result,))


def _event(batch: Batch, step: int, before: Sequence[Call], ran: TracedCall) -> NonfiniteEvent:
    call, has_samples = ran.call, ran.call.result in batch.arrays
    place = culprit.first_place(ran.bad, by_sample=has_samples)
    return NonfiniteEvent(
        culprit.kind(ran),
        step,
        _PHASES[call.phase],
        call.layer,
        call.result,
        call.text,
        batch.workspace.program.position(call),
        **culprit.extent(ran.bad, has_samples=has_samples),
        operands=culprit.operands(ran, place),
        origin=culprit.origin(batch, before, ran, place),
    )
