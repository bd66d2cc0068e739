"""Units of a script's network that learn nothing: saturated ones and dead ones."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.recorded import signs
from runner.diagnosis.scripts.changes import rates, scaling
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.facts import gain_of
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, listed


def units_saturated(case: LookedAt) -> Iterator[Suspicion]:
    """Activations most of which lie where they are flat."""
    sign = signs.saturated(case.last) if case.last is not None and case.step.samples else None
    if sign is None:
        return

    def edits() -> Iterator[Edit | None]:
        assert case.facts is not None
        yield scaling.start_edit(case.source, case.facts, gain_of(case.facts))
        if case.rate is not None:
            yield rates.rate_edit(case.source, case.rate, case.rate / 10)

    yield Suspicion("saturated_units", sign.symptom, sign.evidence, sign.where, edits, stands=True)


def units_dead(case: LookedAt) -> Iterator[Suspicion]:
    """Units that give 0 for every sample."""
    sign = signs.dead(case.last) if case.last is not None and case.step.samples else None
    if sign is None and case.still:
        symptom = f"The gradient of {listed(case.still)} is exactly 0 at the end: its units give 0 for every sample."
        sign = signs.CauseSign(symptom, {"parameters": list(case.still)}, {"tensor": case.still[0]})
    if sign is None:
        return

    def edits() -> Iterator[Edit | None]:
        if case.facts is not None:
            yield scaling.zero_biases_edit(case.source, case.facts)
        if case.rate is not None:
            yield rates.rate_edit(case.source, case.rate, case.rate / 10)
            yield rates.rate_edit(case.source, case.rate, case.rate / 100)
        if case.facts is not None:
            yield scaling.start_edit(case.source, case.facts, gain_of(case.facts))

    yield Suspicion("dead_units", sign.symptom, sign.evidence, sign.where, edits, stands=True)
