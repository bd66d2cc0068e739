"""dead_units."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.units.stuck_units import StuckUnits
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.starts import rules
from runner.diagnosis.measures.unit_states import Stuckness, since_when, smaller_rates
from runner.network.architecture import Layer
from runner.network.workspace import Batch
from runner.training.units import Mask, dead_units


class DeadUnits(StuckUnits):
    """ReLU units that are 0 for every sample: no gradient passes through them, so they stay as they are.

    Units that are dead from the start are due to the initial weights and biases, units that die later to the update
    before. Limits: at most 1,024 samples are examined; the step is that at which the units were last counted; units
    that are 0 with a slope, such as a tanh unit at 0, aren't dead.
    """

    name = "dead_units"
    says = "share of a layer's units that are 0 and flat for every sample > dead_units"
    thresholds = ("dead_units",)

    state = "dead"
    proof = 1.0

    def stuck(self, batch: Batch, layer: Layer) -> Mask:
        """Units that are dead."""
        return dead_units(batch, layer)

    def symptom(self, worst: Stuckness, case: Case) -> str:
        """How many are 0."""
        count = round(worst.at_end * worst.units)
        units, since = f"{count} of {worst.units} in layer {worst.layer}", since_when(worst, case)
        return f"Units are dead: {units} are 0 for every sample {since}."

    def fixes(self, case: Case, worst: Stuckness) -> Iterator[Fix]:
        """Another start for those dead from the start, else a smaller rate; or an activation that can't die."""
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
