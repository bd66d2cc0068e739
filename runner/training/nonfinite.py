"""Naming the first non-finite value of a step.

The parameters that led to it are still there when the watch notices: the step is run again, call by call, and the
first call whose result holds a NaN or an infinity is the one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from runner.network.program import Phase
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
    `size`, and the first `sample` that has one where the tensor has samples.
    """
    for call in batch.workspace.program.of(*phases):
        batch.bind(call)()
        result = batch[call.result]
        bad = ~np.isfinite(result)
        if not bad.any():
            continue
        event: dict[str, Any] = {
            "kind": "nan" if np.isnan(result).any() else "inf",
            "step": step,
            "phase": _PHASES[call.phase],
            "layer": call.layer,
            "tensor": call.result,
            "call": call.text,
            "count": int(bad.sum()),
            "size": int(result.size),
        }
        if result.ndim == 2 and result.shape[-1] == batch.n and "n" in batch.workspace.program.shapes.get(call.out, ()):
            event["sample"] = int(bad.any(axis=0).argmax())
        return event
    return None
