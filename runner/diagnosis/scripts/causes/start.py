"""Where a script's weights start badly: units that are equal to each other, or a scale that doesn't suit the inputs."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.recorded import signs
from runner.diagnosis.scripts.changes import scaling
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.companions import with_rate
from runner.diagnosis.scripts.facts import gain_of
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, line_of


def units_equal(case: LookedAt) -> Iterator[Suspicion]:
    """Units that start equal and stay equal."""
    if case.facts is None:
        return
    sign = signs.equal_units(case.facts)
    if sign is None:
        return
    edit = scaling.unequal_edit(case.source, case.facts, case.facts.states[0].symmetric)

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from with_rate(case, edit)

    yield Suspicion("symmetric_units", sign.symptom, sign.evidence, line_of(edit), edits)


def start_poor(case: LookedAt) -> Iterator[Suspicion]:
    """Weights that start too large, too small, or off centre."""
    if case.facts is None:
        return
    sign = signs.poor_start(case.facts)
    if sign is None:
        return
    edit = scaling.start_edit(case.source, case.facts, gain_of(case.facts))

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from with_rate(case, edit)

    yield Suspicion("poor_init_scale", sign.symptom, sign.evidence, line_of(edit), edits)
