"""Values that are not finite before a step runs any call: inputs, targets, parameters.

The update that made a parameter non-finite is over, and the parameters from before it are gone. The optimiser's state
(momentum, running means) is still as that update left it: calls that need nothing else are run again, to find the one
where the value arose. Of other calls the last results are examined, if the gradient has not overwritten them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from runner.files.event_details import Operand
from runner.files.events import NonfiniteEvent
from runner.network.ops import Array
from runner.network.program import Call, Phase
from runner.network.workspace import Batch
from runner.training.nonfinite import culprit
from runner.training.nonfinite.culprit import TracedCall

# The scalars of the optimisers, which still have the values of the last update.
_SET = frozenset({"lr", "correction2", "rate"})


def bad_data(batch: Batch, step: int) -> Iterator[tuple[str, NonfiniteEvent]]:
    """The arrays of inputs and targets that are not finite, each with its event."""
    inputs = (batch.workspace.layout.inputs, "A0", "inputs")
    for name, tensor, what in (inputs, ("Y", "Y", "targets")):
        array = batch[name]
        if not np.isfinite(array).all():
            yield name, _event(array, step, "data", 0, tensor, f"{tensor} = {what}", has_samples=True)


def bad_parameters(batch: Batch, step: int) -> Iterator[tuple[str, NonfiniteEvent]]:
    """The blocks of parameters that are not finite, layer by layer, each with its event.

    The tensor is W or b of the layer. At step 0 it is an initial value; later the update of the step before made it,
    and `call` is the call of that update where the value arose, as far as that can be found, else the last one. Where
    norms are not measured at every step, the gradient may have been bad already.
    """
    layout, found = batch.workspace.layout, set[int]()
    for block, tensor, array in layout.arrays(batch.workspace.theta):
        if block.index not in found and not np.isfinite(array).all():
            found.add(block.index)
            text = f"{tensor} = initial values"
            event = _event(array, step, "init", block.index, tensor, text, has_samples=False)
            yield block.parameters, event if step == 0 else _by_update(batch, block.segment, event)


def _event(
    array: Array, step: int, phase: str, layer: int, tensor: str, call: str, *, has_samples: bool
) -> NonfiniteEvent:
    extent = culprit.extent(~np.isfinite(array), has_samples=has_samples)
    return NonfiniteEvent(culprit.kind_of(array), step, phase, layer, tensor, call, **extent)


def _by_update(batch: Batch, segment: slice, event: NonfiniteEvent) -> NonfiniteEvent:
    """The event of a segment of the parameters, with kind, call and operands of the update that is to blame."""
    program = batch.workspace.program
    calls = program.of(Phase.UPDATE)

    def of(kind: str, call: Call, operands: dict[str, Operand] | None = None) -> NonfiniteEvent:
        where = program.position(call)
        return replace(event, kind=kind, phase="update", call=call.text, position=where, operands=operands or {})

    theta = batch["theta"]
    bad = np.zeros(theta.shape, dtype=bool)
    bad[segment] = ~np.isfinite(theta[segment])
    remembered = _remembered(calls)
    left = {call.result: batch[call.result].copy() for call in calls if _survives(batch, call.result)}
    intact = {*_SET, *remembered}
    for call in calls[:-1]:
        name = call.result
        if name not in remembered and intact.issuperset(filter(_is_array, call.operands)):
            intact.add(name)
            ran = TracedCall.run(batch, call)
            arisen = ran.bad & bad
            if arisen.any():
                place = culprit.first_place(arisen, by_sample=False)
                return of(culprit.kind(ran), call, culprit.operands(ran, place))
            continue
        intact -= {name} - remembered
        if name in left and call is _last_to_write(calls, name) and (~np.isfinite(left[name]) & bad).any():
            return of(_kind_left(left[name]), call)
    return of(_kind_left(theta[bad]), calls[-1])


def _is_array(operand: object) -> bool:
    return isinstance(operand, str)


def _survives(batch: Batch, name: str) -> bool:
    """Whether a result of the last update is still there: one that shares memory with the gradient is not."""
    return not np.may_share_memory(batch[name], batch["g"])


def _remembered(calls: tuple[Call, ...]) -> set[str]:
    """The arrays that are read before they are written: they are kept from step to step."""
    remembered, written = set(), set()
    for call in calls:
        if call.result in call.operands and call.result not in written:
            remembered.add(call.result)
        written.add(call.result)
    return remembered


def _last_to_write(calls: tuple[Call, ...], name: str) -> Call:
    return next(call for call in reversed(calls) if call.result == name)


def _kind_left(values: Array) -> str:
    """`nan` or `overflow`: an update has no pole that would give `inf`."""
    return "nan" if np.isnan(values).any() else "overflow"
