"""A fix that was found for one cause handed on to others: to a fault, to a goal, to what a number proves."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from runner.diagnosis.case import Case
from runner.diagnosis.ranking import Examined


def with_what_else_it_takes(faults: Sequence[Examined], others: Sequence[Examined]) -> Sequence[Examined]:
    """Faults whose removal alone changes nothing get the fix of what else is wrong, and say so."""
    for fault in faults:
        if fault.worked or not fault.tried:
            continue
        also = next((k for k, other in enumerate(others) if other.worked), None)
        further = "" if also is None else f"; see cause {len(faults) + also + 1}"
        said = f"{fault.suspicion.symptom} Removing it alone is not enough{further}."
        fault.suspicion = replace(fault.suspicion, symptom=said)
        if also is not None:
            fault.fix, fault.fixed, fault.seeds = others[also].fix, others[also].fixed, others[also].seeds
    return faults


def share_goals(others: Sequence[Examined], base: Case) -> None:
    """Give what has a goal of its own a fix of another cause that reaches it, where it has none."""
    for one, other in itertools.product(others, others):
        goal = one.suspicion.goal
        if goal is not None and one.fixed is None and other.fixed is not None and one.fixed_by(other.fixed, base):
            one.fix, one.fixed, one.seeds = other.fix, other.fixed, other.seeds


def hand_on(trial: Examined, others: Sequence[Examined]) -> None:
    """Give the fix that a trial found to what a number proves, which is why the run can't go on by itself."""
    for one in others:
        if one.suspicion.certain and not one.beyond_settings and one.suspicion.goal is None and not one.worked:
            one.fix, one.fixed, one.seeds = trial.fix, trial.fixed, trial.seeds
