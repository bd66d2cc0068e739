"""Climbing: one rung after the other until one breaks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from runner.diagnosis.ladder.configured_rung import ConfiguredRung
from runner.diagnosis.ladder.rung import ClimbedRung, LadderResult, Rung, RungResult
from runner.diagnosis.ladder.rung_network import RungNetwork
from runner.diagnosis.ladder.rung_settings import left_aside, setups, wants_one_hot
from runner.diagnosis.ladder.rungs import RUNGS
from runner.diagnosis.ladder.subject_rungs import SubjectRungs
from runner.diagnosis.ladder.tables import samples
from runner.settings import Settings
from runner.subjects.complaint import SubjectError
from runner.threads import one_blas_thread

# The network of a rung; a sentence where there is none.
NetworkOf = Callable[[Rung], RungNetwork | str]

_RAISED = "Fix this error first: a network that raises can't be examined."


def climb_ladder(settings: Settings, *, chose_data: bool = False) -> LadderResult:
    """Climb the ladder with the configured network, or with the subject where one is given.

    `chose_data` says that a data set was asked for, which the ladder doesn't take. Raises `UserError` for a fault that
    can act on no rung, and for a subject that can't be found, built or called.
    """
    notes = tuple(left_aside(settings, chose_data=chose_data))
    with one_blas_thread(), np.errstate(all="ignore"):
        if settings.subject.path is None:
            return LadderResult(_climbed(_configured(settings)), notes)
        with ExitStack() as stack:
            rungs = SubjectRungs(settings, stack)
            steps = _climbed(rungs.network)
            rungs.raise_if_it_is_none(steps)
            return LadderResult(steps, notes)


def _configured(settings: Settings) -> NetworkOf:
    one_hot = wants_one_hot(settings)
    found = dict(zip((rung.name for rung in RUNGS), setups(settings, RUNGS), strict=True))

    def network(rung: Rung) -> RungNetwork:
        setup, idle = found[rung.name]
        notes = [f"{text} can't act here and is left out" for text in idle]
        return ConfiguredRung(setup, *samples(rung.dataset, one_hot=one_hot), notes)

    return network


def _climbed(network_of: NetworkOf) -> tuple[ClimbedRung, ...]:
    """The rungs, one after the other until one breaks."""
    steps: list[ClimbedRung] = []
    for number, rung in enumerate(RUNGS, start=1):
        if any(step.status == "breaks" for step in steps):
            steps.append(ClimbedRung(number, rung, "not tried"))
        else:
            steps.append(_step(number, rung, network_of))
    return tuple(steps)


def _step(number: int, rung: Rung, network_of: NetworkOf) -> ClimbedRung:
    description, notes = "", tuple[str, ...]()
    try:
        network = network_of(rung)
        if isinstance(network, str):
            return ClimbedRung(number, rung, "out of reach", why=network)
        description, notes = str(network), tuple(network.notes)
        outcome = rung.climb(network)
    except SubjectError as error:
        outcome = RungResult(False, f"It can't be climbed: {error}.", next_=_RAISED)
    if isinstance(outcome, str):
        return ClimbedRung(number, rung, "out of reach", description, why=outcome, notes=notes)
    return ClimbedRung(number, rung, "holds" if outcome.passed else "breaks", description, outcome, notes=notes)
