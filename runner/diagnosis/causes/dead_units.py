"""dead_units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.changes import Change, Mend
from runner.diagnosis.findings import Suspicion
from runner.diagnosis.starts import rules
from runner.diagnosis.unit_states import Mask, Stuckness, smaller_rates, strength, stuck_layers, told_since
from runner.network.architecture import Layer
from runner.network.workspace import Batch


class DeadUnits(Cause):
    """ReLU units that are 0 for every sample: no gradient comes through, so they stay as they are.

    Dead from the start they are the work of initial weights and biases, dead since a later step that of the update
    before. Limits: up to 1,024 samples stand for the data; since when is known to the step at which units were looked
    at; units that are 0 but have a slope, as a tanh of 0 has, aren't dead.
    """

    name = "dead_units"
    says = "share of a layer's units 0 for every sample > diagnosis.thresholds.dead_units, and since which step"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The first of the layers with the most dead units."""
        layers = stuck_layers(case, dead, "dead", case.thresholds.dead_units)
        if not layers:
            return
        worst = max(layers, key=lambda layer: layer.at_end)
        yield Suspicion(
            cause=self.name,
            symptom=_symptom(worst, case),
            evidence={"layers": [asdict(layer) for layer in layers]},
            where={"step": worst.since, "layer": worst.layer, "tensor": f"A{worst.layer}"},
            mends=tuple(_mends(case, worst)),
            strength=strength(worst),
            certain=worst.at_end == 1.0,
            explains=frozenset({"vanishing_gradient", "learning_rate_too_low", "too_few_steps"}),
        )


def dead(batch: Batch, layer: Layer) -> Mask:
    """Which units are 0 and flat for every sample, (units,)."""
    if layer.choice.activation.derivative is None:
        return np.zeros(layer.fan_out, dtype=bool)
    return np.asarray(((batch[f"A{layer.index}"] == 0.0) & (batch[f"F{layer.index}"] == 0.0)).all(axis=-1))


def _symptom(worst: Stuckness, case: Case) -> str:
    count = round(worst.at_end * worst.units)
    units, since = f"{count} of {worst.units} in layer {worst.layer}", told_since(worst, case)
    return f"Units are dead: {units} are 0 for every sample, {since}."


def _mends(case: Case, worst: Stuckness) -> Iterator[Mend]:
    settings, rule = case.setup.settings, rules(case.setup)[0]
    leaky, tanh = ((Change("network.activation", name),) for name in ("leaky_relu", "tanh"))
    if worst.since == 0:
        yield rule if settings.init.bias.name == "zeros" else (*rule, Change("init.bias", "zeros"))
        yield leaky
        yield tanh
    else:
        yield from smaller_rates(case)
        yield leaky
        yield tanh
