"""Naming the first non-finite value of a step, and the way it took from there.

The parameters that led to it are still there when the watch notices: the step is run again, call by call, and the
first call whose result holds a NaN or an infinity is the one. The calls after it are run, too, to see by which results
it reached the loss or, where the loss is finite, the gradient.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.network.program import SAMPLES, Call, Operand, Phase
from runner.network.workspace import Batch

_PHASES = {
    Phase.BATCH: "data",
    Phase.FORWARD: "forward",
    Phase.OUTPUT: "forward",
    Phase.LOSS: "loss",
    Phase.BACKWARD: "backward",
}


def first_nonfinite(batch: Batch, phases: tuple[Phase, ...], step: int) -> dict[str, Any] | None:
    """The event of the first non-finite result in a step, None where all are finite.

    `kind` "nan" or "inf", `step`, `phase`, `layer` (0: none), `tensor`, `call`, `count` non-finite entries out of
    `size`, the first `sample` that has one where the tensor has samples, the `operands` of the call with their range,
    and the `chain` of results from the tensor to the loss or the gradient.
    """
    # A program may remember something from call to call, and the calls of a trace don't count.
    written = {call.out for call in batch.workspace.program.of(*phases)}
    kept = {name: batch[name].copy() for name in written}
    event = _trace(batch, phases, step)
    for name, before in kept.items():
        batch[name][...] = before
    return event


def _trace(batch: Batch, phases: tuple[Phase, ...], step: int) -> dict[str, Any] | None:
    event: dict[str, Any] | None = None
    came_from: dict[str, str] = {}
    for call in batch.workspace.program.of(*phases):
        operands = _ranges(batch, call)  # before the call: it may write over them
        batch.bind(call)()
        bad = ~np.isfinite(batch[call.result])
        if not bad.any():
            came_from.pop(call.result, None)
        elif event is None:
            event = _event(batch, call, bad, step) | {"operands": operands}
            came_from[call.result] = ""
        elif call.result not in came_from:
            known = [_name(operand) for operand in call.operands if _name(operand) in came_from]
            came_from[call.result] = known[0] if known else ""
    return event and event | {"chain": _chain(batch, came_from)}


def _event(batch: Batch, call: Call, bad: NDArray[np.bool_], step: int) -> dict[str, Any]:
    event: dict[str, Any] = {
        "kind": "nan" if np.isnan(batch[call.result]).any() else "inf",
        "step": step,
        "phase": _PHASES[call.phase],
        "layer": call.layer,
        "tensor": call.result,
        "call": call.text,
        "count": int(bad.sum()),
        "size": int(bad.size),
    }
    if SAMPLES in batch.workspace.program.shapes.get(call.out, ()):
        event["sample"] = int(bad.any(axis=0).argmax())
    return event


def _ranges(batch: Batch, call: Call) -> dict[str, dict[str, float | None]]:
    """Smallest and largest value of each operand of a call that is an array; null where parameters aren't finite."""
    names = [operand for operand in call.operands if isinstance(operand, str)]
    ends = {name: (float(batch[name].min()), float(batch[name].max())) for name in names}
    return {
        name: {"min": low if math.isfinite(low) else None, "max": high if math.isfinite(high) else None}
        for name, (low, high) in ends.items()
    }


def _name(operand: Operand) -> str:
    """The result that an operand stands for: itself, what it is the transpose of, the rows above its row of ones."""
    name = str(operand).removesuffix("ᵀ")
    return name[1:-3] if name.endswith(";1]") else name


def _chain(batch: Batch, came_from: dict[str, str]) -> list[str]:
    """From the first non-finite tensor to the loss, or to the first gradient that it reached."""
    gradients = [call.result for call in batch.workspace.program.of(Phase.BACKWARD) if call.result.startswith("[dW")]
    end = next((name for name in ("loss", *gradients) if name in came_from), next(reversed(came_from)))
    chain = [end]
    while came_from[chain[-1]]:
        chain.append(came_from[chain[-1]])
    return chain[::-1]
