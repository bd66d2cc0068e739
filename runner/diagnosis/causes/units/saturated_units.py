"""saturated_units."""

from __future__ import annotations

import math
from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.units.stuck_units import StuckUnits
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.starts import rules
from runner.diagnosis.measures.unit_states import Stuckness, since_when, smaller_rates
from runner.network.layer import Layer
from runner.network.workspace import Batch
from runner.training.units import Mask, saturated_units


class SaturatedUnits(StuckUnits):
    """Units on a flat part of their activation for every sample: hardly any gradient passes through them.

    Flat means that f' is below a thousandth of its maximum. Units that are flat from the start are due to raw inputs or
    to the initial weights and biases, units that become flat later to the updates before. Limits: as for `dead_units`.
    """

    name = "saturated_units"
    says = "share of a layer's units that are flat for every sample > saturated_units"
    thresholds = ("saturated_units",)

    state = "saturated"
    proof = math.inf

    def stuck(self, batch: Batch, layer: Layer) -> Mask:
        """Units that are saturated."""
        return saturated_units(batch, layer)

    def symptom(self, worst: Stuckness, case: Case) -> str:
        """How many are on which flat."""
        count = round(worst.at_end * worst.units)
        name = case.setup.architecture.activations[worst.layer - 1].name
        return (
            f"Units are saturated: {count} of {worst.units} in layer {worst.layer} are on a flat part of {name} "
            f"for every sample {since_when(worst, case)}."
        )

    def fixes(self, case: Case, worst: Stuckness) -> Iterator[Fix]:
        """Smaller inputs, weights or updates; or an activation with one flat end at most."""
        settings, rule = case.setup.settings, rules(case.setup)[0]
        if worst.since > 0:
            yield from smaller_rates(case)
        elif settings.dataset.standardize == "none":
            yield (Change("dataset.standardize", "inputs"),)
        yield rule if settings.init.bias.name == "zeros" else (*rule, Change("init.bias", "zeros"))
        yield (Change("network.activation", "leaky_relu"), Change("init.weights", "he"))
