"""saturated_units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.causes.dead_units import dead
from runner.diagnosis.changes import Change, Mend
from runner.diagnosis.findings import Suspicion
from runner.diagnosis.starts import rules
from runner.diagnosis.unit_states import Mask, Stuckness, smaller_rates, strength, stuck_layers, told_since
from runner.network.architecture import Layer
from runner.network.workspace import Batch
from runner.training.units import FLAT


class SaturatedUnits(Cause):
    """Units at the flat ends of their activation for every sample: hardly any gradient comes through.

    Flat: f' below a thousandth of the steepest. From the start they are the work of raw inputs or of initial weights
    and biases, since a later step that of the updates before. Limits: as for `dead_units`.
    """

    name = "saturated_units"
    says = "share of a layer's units flat for every sample > diagnosis.thresholds.saturated_units, and since which step"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The first of the layers with the most saturated units."""
        layers = stuck_layers(case, saturated, "saturated", case.thresholds.saturated_units)
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
            explains=frozenset({"vanishing_gradient", "learning_rate_too_low", "too_few_steps"}),
        )


def saturated(batch: Batch, layer: Layer) -> Mask:
    """Which units are flat for every sample and not dead, (units,)."""
    activation = layer.choice.activation
    if activation.derivative is None:
        return np.zeros(layer.fan_out, dtype=bool)
    flat = np.asarray((np.abs(batch[f"F{layer.index}"]) < FLAT * activation.steepest).all(axis=-1))
    return np.asarray(flat & ~dead(batch, layer))


def _symptom(worst: Stuckness, case: Case) -> str:
    count = round(worst.at_end * worst.units)
    name = case.setup.architecture.activations[worst.layer - 1].name
    return (
        f"Units are saturated: {count} of {worst.units} in layer {worst.layer} are on the flat of {name} "
        f"for every sample, {told_since(worst, case)}."
    )


def _mends(case: Case, worst: Stuckness) -> Iterator[Mend]:
    settings, rule = case.setup.settings, rules(case.setup)[0]
    if worst.since > 0:
        yield from smaller_rates(case)
    elif settings.dataset.standardize == "none":
        yield (Change("dataset.standardize", "inputs"),)
    yield rule if settings.init.bias.name == "zeros" else (*rule, Change("init.bias", "zeros"))
    yield (Change("network.activation", "leaky_relu"), Change("init.weights", "he"))
