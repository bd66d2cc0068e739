"""symmetric_units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Array, Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.starts import explains_rate, rules
from runner.diagnosis.suspicion import Suspicion
from runner.network.layer import Layer
from runner.network.workspace import Batch

# A layer suffers where so large a share of its units is a copy of another; a few twins among many do no harm.
_COPIES = 0.5


class SymmetricUnits(Cause):
    """Units of a layer that start with equal weights, incoming and outgoing: their gradients stay equal.

    The layer is worth as many units as it has different ones. The initial weights of each hidden layer are compared,
    and those at the end. Limits: rounding may separate equal units, late and by chance; a layer with copies among less
    than half of its units is not named.
    """

    name = "symmetric_units"
    says = "units of a layer start with equal weights, up to a relative difference of symmetric_units"
    thresholds = ("symmetric_units",)

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The layer with the most copies among its units."""
        hidden = case.setup.architecture.layers[:-1]
        tolerance = case.thresholds.symmetric_units
        different = {layer.index: _different(case.at_start, layer, tolerance) for layer in hidden}
        worst = max(hidden, key=lambda layer: _copies(layer, different[layer.index]), default=None)
        if worst is None or _copies(worst, different[worst.index]) < _COPIES:
            return
        k = worst.index
        at_end = _different(case.at_end, worst, tolerance)
        fixes = tuple(rules(case.setup))
        yield Suspicion(
            cause=self.name,
            symptom=_symptom(worst, different[k], at_end, bool(np.any(case.at_start.workspace.layer_parameters(k)[0]))),
            evidence={
                "units": {str(layer.index): layer.fan_out for layer in hidden},
                "different_at_start": {str(index): count for index, count in different.items()},
                "different_at_end": at_end,
            },
            where={"step": 0, "layer": k, "tensor": f"W{k}"},
            fixes=fixes,
            strength=5.0 if at_end == different[k] else 2.0,
            certain=True,
            conditions=frozenset({"start explains the rate"} if explains_rate(case, fixes[0]) else ()),
        )


def _copies(layer: Layer, different: int | None) -> float:
    """The share of a layer's units that are copies of others."""
    return 0.0 if different is None else 1.0 - different / layer.fan_out


def _symptom(layer: Layer, at_start: int | None, at_end: int | None, weights: bool) -> str:
    value = "" if weights else " (all 0)"
    same = f"all {layer.fan_out} units of layer {layer.index} start with the same weights{value}"
    if at_start != 1:
        same = f"the {layer.fan_out} units of layer {layer.index} start with only {at_start} different sets of weights"
    after = ", and this is still so at the end" if at_end == at_start else ""
    return f"Units are copies of each other: {same}{after}."


def _different(batch: Batch, layer: Layer, tolerance: float) -> int | None:
    """How many different units a layer has; None where a weight isn't finite."""
    units = _weights(batch, layer)
    if not np.isfinite(units).all():
        return None
    return int(_groups(units, tolerance * max(float(np.abs(units).max()), np.finfo(np.float64).tiny)))


def _weights(batch: Batch, layer: Layer) -> Array:
    """All weights of each unit, (units, weights): those in, its bias, those out."""
    W, b = batch.workspace.layer_parameters(layer.index)
    out, _ = batch.workspace.layer_parameters(layer.index + 1)
    bias = np.empty((layer.fan_out, 0)) if b is None else b[:, None]
    return np.hstack([W, bias, out.T]).astype(np.float64)


def _groups(units: Array, tolerance: float) -> int:
    """How many rows are left when rows that differ by no more than the tolerance count as one."""
    left, groups = units, 0
    while len(left):
        left = left[np.abs(left - left[0]).max(axis=1) > tolerance]
        groups += 1
    return groups
