"""dead_units."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.units.stuck_units import StuckUnits
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.starts import rules
from runner.diagnosis.measures.output_and_loss import fitting_fixes
from runner.diagnosis.measures.unit_states import DEAD_COLUMN, Stuckness, since_when, smaller_rates
from runner.network.layer import Layer
from runner.network.workspace import Batch
from runner.training.units import Mask, dead_units


class DeadUnits(StuckUnits):
    """ReLU units that are 0 for every sample: no gradient passes through them, so they stay as they are.

    Units that are dead from the start are due to the initial weights and biases, units that die later to the update
    before. Output units count, too: where all of them are dead, nothing in the network learns any more. Limits: at most
    1,024 samples are examined; the step is that at which the units were last counted; units that are 0 with a slope,
    such as a tanh unit at 0, aren't dead.
    """

    name = "dead_units"
    says = "share of a layer's units that are 0 and flat for every sample > dead_units"
    thresholds = ("dead_units",)

    state = DEAD_COLUMN
    proof = 1.0

    def stuck(self, batch: Batch, layer: Layer) -> Mask:
        """Units that are dead."""
        return dead_units(batch, layer)

    def symptom(self, worst: Stuckness, case: Case) -> str:
        """How many are 0."""
        count, since = round(worst.at_end * worst.units), since_when(worst, case)
        if _is_output(case, worst):
            which = "the output is" if worst.units == 1 else f"{count} of {worst.units} outputs are"
            return f"The output layer is dead: {which} 0 for every sample {since}, so no gradient passes through it."
        return f"Units are dead: {count} of {worst.units} in layer {worst.layer} are 0 for every sample {since}."

    def fixes(self, case: Case, worst: Stuckness) -> Iterator[Fix]:
        """Another start for those dead from the start, else a smaller rate; or an activation that can't die."""
        settings, rule = case.setup.settings, rules(case.setup)[0]
        leaky, tanh = ((Change("network.activation", name),) for name in ("leaky_relu", "tanh"))
        if _is_output(case, worst):
            yield from _of_output(case)
        elif worst.since == 0:
            yield rule if settings.init.bias.name == "zeros" else (*rule, Change("init.bias", "zeros"))
            yield leaky
            yield tanh
        else:
            yield from smaller_rates(case)
            yield leaky
            yield tanh


def _is_output(case: Case, worst: Stuckness) -> bool:
    return worst.layer == len(case.setup.architecture.layers)


def _of_output(case: Case) -> Iterator[Fix]:
    """An output that can't die; with targets in comparable units, too, where they are raw."""
    output: Fix = (Change("network.output", "auto"),)
    yield output
    yield from fitting_fixes(case.setup)
    if case.setup.dataset.task == "regression" and case.setup.settings.dataset.standardize != "both":
        yield (*output, Change("dataset.standardize", "both"))
    yield (Change("network.output", "leaky_relu"),)
    yield from smaller_rates(case)
