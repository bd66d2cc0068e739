"""A script that ends while its loss still falls."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.causes.steps.too_few_steps import fall_of
from runner.diagnosis.scripts.changes.counts import longer_edit
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, line_of

# How far a loss has to fall over the last half of a run to be still falling; how many times as many steps are tried.
_FALLING, _TIMES = 0.002, (3, 10, 100)


def steps_too_few(case: LookedAt) -> Iterator[Suspicion]:
    """A loss that falls to the end of a run whose answers are not good yet."""
    known = case.losses
    if case.broke or len(known) < 3 or not (case.unwell or case.mediocre):
        return
    fall = fall_of(known)
    if fall <= _FALLING:
        return

    def edits() -> Iterator[Edit | None]:
        for times in _TIMES:
            yield longer_edit(case.source, case.step.line, times)

    symptom = f"The loss is still falling at the end: it fell by {fall:.1%} over the last half of the run."
    evidence = {"fall": fall, "steps": case.summary.steps}
    where = line_of(longer_edit(case.source, case.step.line, _TIMES[0]))
    yield Suspicion("too_few_steps", symptom, evidence, where, edits)
