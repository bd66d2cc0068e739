"""The causes that are looked for in a watched script, and their order."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.scripts.causes.data import inputs_unscaled, output_out_of_range, targets_unscaled
from runner.diagnosis.scripts.causes.flow import gradient_explodes, gradient_explodes_at_start, gradient_vanishes
from runner.diagnosis.scripts.causes.loss import gradient_summed, loss_wrong_for_targets
from runner.diagnosis.scripts.causes.numerics import exponential_overflows, logarithm_of_zero
from runner.diagnosis.scripts.causes.rate import rate_too_high, rate_too_low
from runner.diagnosis.scripts.causes.start import start_poor, units_equal
from runner.diagnosis.scripts.causes.steps import steps_too_few
from runner.diagnosis.scripts.causes.units import units_dead, units_saturated
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion


def suspicions(case: LookedAt) -> Iterator[Suspicion]:
    """All of them, causes before what follows from them."""
    for find in (
        loss_wrong_for_targets,
        output_out_of_range,
        inputs_unscaled,
        targets_unscaled,
        gradient_summed,
        units_equal,
        gradient_explodes_at_start,
        start_poor,
        rate_too_high,
        units_saturated,
        units_dead,
        gradient_vanishes,
        gradient_explodes,
        rate_too_low,
        steps_too_few,
        logarithm_of_zero,
        exponential_overflows,
    ):
        yield from find(case)
