"""Units of a script's network that learn nothing: saturated ones and dead ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runner.diagnosis.scripts import rates, scaling
from runner.diagnosis.scripts.edit import Edit
from runner.diagnosis.scripts.facts import gain_of
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, listed
from runner.files.finding import Where


def units_saturated(case: LookedAt) -> Iterator[Suspicion]:
    """Activations most of which lie where they are flat."""
    last = case.last
    flat = [units for units in last.hidden if units.flat > 0.5] if last is not None and case.step.samples else []
    if not flat:
        return
    worst = max(flat, key=lambda one: one.flat)
    symptom = f"{worst.flat:.0%} of what line {worst.line} gives ({worst.text}) lies where {worst.kind} is flat."

    def edits() -> Iterator[Edit | None]:
        assert case.facts is not None
        yield scaling.start_edit(case.source, case.facts, gain_of(case.facts))
        if case.rate is not None:
            yield rates.rate_edit(case.source, case.rate, case.rate / 10)

    where: Where = {"line": worst.line}
    yield Suspicion("saturated_units", symptom, {"share": worst.flat}, where, edits, stands=True)


def units_dead(case: LookedAt) -> Iterator[Suspicion]:
    """Units that give 0 for every sample."""
    last = case.last
    dead = [units for units in last.hidden if units.dead > 0.5] if last is not None and case.step.samples else []
    if not dead and not case.still:
        return
    if dead:
        worst = max(dead, key=lambda one: one.dead)
        symptom = (
            f"{worst.dead:.0%} of the {worst.units} units of line {worst.line} ({worst.text}) are 0 for every sample."
        )
        where: Where = {"line": worst.line}
        evidence: dict[str, Any] = {"share": worst.dead}
    else:
        symptom = f"The gradient of {listed(case.still)} is exactly 0 at the end: its units give 0 for every sample."
        where, evidence = {"tensor": case.still[0]}, {"parameters": list(case.still)}

    def edits() -> Iterator[Edit | None]:
        if case.rate is not None:
            yield rates.rate_edit(case.source, case.rate, case.rate / 10)
            yield rates.rate_edit(case.source, case.rate, case.rate / 100)
        if case.facts is not None:
            yield scaling.start_edit(case.source, case.facts, gain_of(case.facts))

    yield Suspicion("dead_units", symptom, evidence, where, edits, stands=True)
