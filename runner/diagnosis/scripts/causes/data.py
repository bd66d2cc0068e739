"""Data that don't suit a script's network: inputs or targets not scaled, targets that its output can't reach."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.recorded import signs
from runner.diagnosis.scripts.changes import scaling
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.companions import with_rate, with_targets
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, line_of
from runner.explaining.symptoms import number

# Root mean square of data, and ratio of the deviations of features, from which they count as unscaled.
_LARGE, _APART = 3.0, 20.0


def inputs_unscaled(case: LookedAt) -> Iterator[Suspicion]:
    """Inputs that are large, or whose features differ in size."""
    data = case.facts.inputs if case.facts is not None else None
    if data is None:
        return
    ratio = data.largest / data.smallest if data.smallest else 1.0
    if data.rms < _LARGE and ratio < _APART:
        return
    inputs = scaling.inputs_edit(case.source, data)

    def edits() -> Iterator[Edit | None]:
        yield inputs
        yield from with_targets(case, inputs)
        yield from with_rate(case, inputs)
        for both in with_targets(case, inputs):
            yield from with_rate(case, both)

    apart = f", and the largest of its features differs {number(ratio)} times as much as the smallest"
    symptom = (
        f"The inputs {data.names[0]} are not scaled: their root mean square is {number(data.rms)}"
        f"{apart if ratio >= _APART else ''}."
    )
    yield Suspicion("unscaled_inputs", symptom, {"rms": data.rms, "ratio": ratio}, line_of(inputs), edits)


def targets_unscaled(case: LookedAt) -> Iterator[Suspicion]:
    """Targets of a regression that are large."""
    data = case.facts.targets if case.facts is not None else None
    if data is None or case.facts is None or case.facts.task != "regression" or data.rms < _LARGE:
        return
    targets = scaling.targets_edit(case.source, data)

    def edits() -> Iterator[Edit | None]:
        yield targets
        yield from with_rate(case, targets)

    symptom = f"The targets {data.names[0]} are not scaled: their root mean square is {number(data.rms)}."
    yield Suspicion("unscaled_targets", symptom, {"rms": data.rms}, line_of(targets), edits)


def output_out_of_range(case: LookedAt) -> Iterator[Suspicion]:
    """Targets that the output can't reach."""
    facts = case.facts
    sign = None if facts is None else signs.out_of_reach(facts)
    if facts is None or facts.targets is None or sign is None:
        return
    edit = None if sign.low is None else scaling.targets_edit(case.source, facts.targets, sign.low)

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from with_rate(case, edit)

    yield Suspicion("output_cannot_reach_targets", sign.symptom, sign.evidence, line_of(edit), edits, stands=True)
