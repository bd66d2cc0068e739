"""Where a script's weights start badly: units that are equal to each other, or a scale that doesn't suit the inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from runner.diagnosis.scripts import scaling
from runner.diagnosis.scripts.companions import with_rate
from runner.diagnosis.scripts.edit import Edit
from runner.diagnosis.scripts.facts import gain_of
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, line_of, listed
from runner.explaining.symptoms import number

_FAR = 3.0  # weights off by this factor from 1 / sqrt(fan-in)


def units_equal(case: LookedAt) -> Iterator[Suspicion]:
    """Units that start equal and stay equal."""
    if case.facts is None:
        return
    names = tuple(name for name in case.facts.states[0].symmetric if name in case.facts.states[-1].symmetric)
    if not names:
        return
    edit = scaling.unequal_edit(case.source, case.facts, case.facts.states[0].symmetric)
    symptom = (
        f"The units start equal and stay equal: {listed(names)} have equal columns or rows at the first step and at "
        "the last, so that all units of a layer do the work of one."
    )

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from with_rate(case, edit)

    yield Suspicion("symmetric_units", symptom, {"parameters": list(names)}, line_of(edit), edits)


def start_poor(case: LookedAt) -> Iterator[Suspicion]:
    """Weights that start too large, too small, or off centre."""
    if case.facts is None:
        return
    off = {}
    for name, (mean, deviation, fan_in) in case.facts.deviations.items():
        wanted = math.sqrt(1.0 / fan_in) if fan_in else 0.0
        size = math.hypot(mean, deviation)
        if wanted and size and (abs(math.log(size / wanted)) > math.log(_FAR) or abs(mean) > 0.7 * deviation):
            off[name] = mean, deviation, wanted
    if not off:
        return
    edit = scaling.start_edit(case.source, case.facts, gain_of(case.facts))
    name, (mean, deviation, wanted) = max(off.items(), key=lambda one: abs(math.log(one[1][1] / one[1][2] + 1e-300)))

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from with_rate(case, edit)

    symptom = (
        f"The weights {listed(list(off))} start badly: {name} has mean {number(mean)} and standard deviation "
        f"{number(deviation)}, where 0 and {number(wanted)} suit its inputs."
    )
    evidence = {"mean": mean, "std": deviation, "suits": wanted}
    yield Suspicion("poor_init_scale", symptom, evidence, line_of(edit), edits)
