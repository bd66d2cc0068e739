"""The causes that are looked for in a watched script, and their order."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.scripts.causes.data import inputs_unscaled, output_out_of_range, targets_unscaled
from runner.diagnosis.scripts.causes.numerics import exponential_overflows, logarithm_of_zero
from runner.diagnosis.scripts.causes.rate import rate_too_high, rate_too_low
from runner.diagnosis.scripts.causes.start import start_poor, units_equal
from runner.diagnosis.scripts.causes.units import units_dead, units_saturated
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion


def suspicions(case: LookedAt) -> Iterator[Suspicion]:
    """All of them, causes before what follows from them."""
    for find in (
        output_out_of_range,
        inputs_unscaled,
        targets_unscaled,
        units_equal,
        start_poor,
        rate_too_high,
        units_saturated,
        units_dead,
        rate_too_low,
        logarithm_of_zero,
        exponential_overflows,
    ):
        yield from find(case)
