"""From a run that has ended to its findings: suspicions from numbers, fixes that are run, and a ranked list.

A healthy run is examined for faults, and for the few causes that show in healthy runs too (a class that is nearly all
of the data). For any other run, every cause is asked what speaks for it, and its fixes are run: with the same seed,
and where that is cheap with others too. Where no change alone is enough, pairs are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes import FORESEEN
from runner.diagnosis.faulty import faults_in
from runner.diagnosis.fixes.attempts import Attempts
from runner.diagnosis.fixes.changes import Fix, Repeat, command
from runner.diagnosis.ranking import Examined
from runner.diagnosis.search import Search
from runner.diagnosis.suspicion import Goal, Suspicion
from runner.diagnosis.theirs.gradients import wrong_gradients
from runner.explaining.words import tidied
from runner.files.events import UNEXPLAINED, Event, UnexplainedEvent
from runner.files.finding import Attempt, Finding, Gain, Reached, Verified
from runner.files.history import thinned
from runner.files.json_files import finite
from runner.threads import one_blas_thread
from runner.training.setup import Setup
from runner.training.stopping import Interruption

if TYPE_CHECKING:
    from runner.diagnosis.theirs.copies import ChangedCopy

# Naming a wrong gradient costs a second, and more only for several mistakes at once; it isn't part of the budget.
_NAMING_BUDGET = 20.0
_CURVE = 120  # points of the loss of a fixed run
# Outcomes that don't say by themselves how well the data were learnt.
_CAME_THROUGH = ("converged", "finished")


# Leaves a patch for a file of somebody's, and gives the command that applies it.
Leave = Callable[[Path, str], str]


def foresee(setup: Setup) -> list[Suspicion]:
    """What the configuration and the data show before the first step."""
    asked = [cause for cause in FORESEEN.values() if setup.is_ours or cause.of_any_network]
    found = [suspicion for cause in asked for suspicion in cause.foresee(setup)]
    return sorted(found, key=lambda suspicion: -suspicion.strength)


def diagnose(
    case: Case,
    overrides: Sequence[str] = (),
    *,
    report: Callable[[str], None] = lambda text: None,
    stop: Interruption | None = None,
    repeat: Repeat = command,
    note: Callable[[Event], None] = lambda event: None,
    leave: Leave = lambda file, patch: "",
) -> list[Finding]:
    """The findings of a run, the likeliest cause first; empty where nothing is wrong.

    `overrides` made the run, `report` hears which fix is being run, `stop` ends the search early. `note` takes the
    event that something is wrong and no cause was found, `leave` the corrections of somebody's own file.
    """
    settings = case.setup.settings
    with np.errstate(all="ignore"), one_blas_thread(), TemporaryDirectory(prefix="whynan-") as folder:
        theirs = () if case.setup.is_ours else _mistakes_of_theirs(case, Path(folder))
        faults = list(faults_in(case, _NAMING_BUDGET) if case.setup.is_ours else theirs)
        attempts = Attempts(case.setup.configured, settings.diagnosis.budget, report, stop or Interruption())
        search = Search(case, attempts, Path(folder))
        found = search.run(faults)
        # Where a run has learnt what can be seen to be there, and nothing helps with unseen samples, noise is what is
        # missing.
        if not found and not case.healthy and not case.matches_reference:
            note(_unexplained(case, search.tried))
        return [_finding(one, case, partial(repeat, overrides), leave) for one in found]


def _mistakes_of_theirs(case: Case, folder: Path) -> Iterator[Suspicion]:
    """A wrong gradient of somebody's own network, looked for where fixes are run, too: it may learn all the same."""
    if case.setup.settings.diagnosis.fixes:
        yield from wrong_gradients(case, folder)


def _unexplained(case: Case, tried: Sequence[tuple[Fix, Case]]) -> UnexplainedEvent:
    """What was seen of a run whose failure was not explained, and what was tried."""
    measured = Reached(case.measure.name, finite(case.conclusion.quality))
    reference = None if case.reference is None else finite(case.reference)
    attempts = tuple(_attempt(fix, one) for fix, one in tried)
    return UnexplainedEvent(UNEXPLAINED, len(case.history) - 1, "diagnosis", measured, reference, attempts)


def _gain(goal: Goal | None, case: Case, fixed: Case) -> Gain | None:
    """What got better; None where the outcomes say it."""
    if goal is not None:
        return Gain(goal.name, goal.of(case), goal.of(fixed))
    if case.outcome not in _CAME_THROUGH or fixed.outcome not in _CAME_THROUGH:
        return None
    return Gain(case.measure.name, case.conclusion.quality, fixed.conclusion.quality)


def _finding(one: Examined, case: Case, repeat: Callable[[Fix], str], leave: Leave) -> Finding:
    suspicion = one.suspicion
    prescription: Fix = one.fix or ()
    copy = next((copy for copy in suspicion.copies if copy.change in prescription), None)
    verified = None
    if one.fixed is not None:
        verified = Verified(
            before=case.outcome,
            after=one.fixed.outcome,
            loss=finite(one.fixed.conclusion.final["loss"]),
            quality=one.fixed.conclusion.quality,
            seeds=one.seeds,
            steps=len(one.fixed.history) - 1,
            command=repeat(prescription) if copy is None else _patching(copy, prescription, repeat, leave),
            planned=one.fixed.setup.steps if one.fixed.cut_short else None,
            measured=_gain(suspicion.goal, case, one.fixed),
            curve=_curve(one.fixed),
        )
    return Finding(
        cause=suspicion.cause,
        symptom=tidied(suspicion.symptom),
        evidence=suspicion.evidence,
        where=suspicion.where,
        prescription=_overrides(prescription),
        verified=verified,
        tried=tuple(_attempt(fix, tried) for fix, tried in one.tried if tried is not one.fixed),
    )


def _curve(case: Case) -> tuple[tuple[int, float | None], ...]:
    """The loss of a run at some of its steps, enough to draw it."""
    steps, losses = thinned(case.history["step"], case.history["loss"], _CURVE)
    return tuple((int(step), finite(float(f"{loss:.4g}"))) for step, loss in zip(steps, losses, strict=True))


def _attempt(fix: Fix, tried: Case) -> Attempt:
    return Attempt(
        prescription=_overrides(fix),
        after=tried.outcome,
        loss=finite(tried.conclusion.final["loss"]),
        measured=Reached(tried.measure.name, tried.conclusion.quality),
        steps=len(tried.history) - 1,
        cut_short=tried.cut_short,
    )


def _overrides(fix: Fix) -> tuple[str, ...]:
    return tuple(text for change in fix for text in (change.lines or (str(change),)))


def _patching(copy: ChangedCopy, fix: Fix, repeat: Callable[[Fix], str], leave: Leave) -> str:
    """The command that patches their file, and what to type then where settings are changed beside it."""
    patch, rest = leave(copy.file, copy.patch), tuple(change for change in fix if change != copy.change)
    return f"{patch} && {repeat(rest)}" if rest else patch
