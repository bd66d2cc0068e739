"""From a run that has ended to its findings: suspicions from numbers, fixes that are run, and a ranked list.

A healthy run is examined for faults, and for the few causes that show in healthy runs too (a class that is nearly all
of the data). For any other run, every cause is asked what speaks for it, and its fixes are run: with the same seed,
and where that is cheap with others too. Where no change alone is enough, pairs are tried.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from runner.diagnosis.case import RANKS, Case
from runner.diagnosis.causes import CAUSES, FORESEEN
from runner.diagnosis.faulty import faults_in, without_all
from runner.diagnosis.fixes.attempts import Attempts
from runner.diagnosis.fixes.changes import Fix, Repeat, combined, command
from runner.diagnosis.ranking import Examined, goodness, ranked
from runner.diagnosis.suspicion import Goal, Suspicion
from runner.diagnosis.words import tidied
from runner.files.finding import Attempt, Finding, Gain, Reached, Verified
from runner.files.json_files import finite
from runner.threads import one_blas_thread
from runner.training.setup import Setup
from runner.training.stopping import Interruption

# Naming a wrong gradient costs a second, and more only for several mistakes at once; it isn't part of the budget.
_NAMING_BUDGET = 20.0
# Suspicions of which pairs of fixes are tried, and fixes of each.
_PAIRED, _FIXES_OF_EACH = 5, 2
# Outcomes that don't say by themselves how well the data were learnt.
_CAME_THROUGH = ("converged", "finished")
# Where no fix worked and no number alone is a proof, causes are named for these outcomes, or below this progress; from
# this strength on, and at most so many.
_LOST, _NOWHERE, _SPEAKS, _UNPROVEN = ("nan", "diverged", "stalled"), 0.1, 0.3, 3


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
) -> list[Finding]:
    """The findings of a run, the likeliest cause first; empty where nothing is wrong.

    `overrides` made the run, `report` hears which fix is being run, `stop` ends the search early.
    """
    settings = case.setup.settings
    with np.errstate(all="ignore"), one_blas_thread():
        faults = list(faults_in(case, _NAMING_BUDGET)) if case.setup.is_ours else []
        search = _Search(case, Attempts(settings, settings.diagnosis.budget, report, stop or Interruption()))
        return [_finding(one, case, partial(repeat, overrides)) for one in search.run(faults)]


class _Search:
    """The search for what fixes `case`."""

    def __init__(self, case: Case, attempts: Attempts) -> None:
        self._case, self._attempts = case, attempts

    def run(self, found: Sequence[Suspicion]) -> list[Examined]:
        """All causes that are left, ranked: the faults that were found, then what may follow from them."""
        faults = [Examined(fault) for fault in found]
        base, faultless = self._without(faults)
        others = self._others(base, faultless)
        if faults and base.healthy and not self._case.healthy:
            # What fixes the run as it stands, faults and all, is worth reporting too. That nothing can be learnt from
            # its data is due to the fault: without it, something can.
            others = [one for one in self._others(self._case, ()) if not one.beyond_settings]
        return [*faults, *others]

    def _without(self, faults: Sequence[Examined]) -> tuple[Case, Fix]:
        """The case without its faults, which from here on is the one to explain, and the changes that make it."""
        faultless = without_all([fault.suspicion for fault in faults])
        fixed = self._attempts.run(faultless) if faults else None
        if fixed is None:
            return self._case, ()
        for fault in faults:
            fault.tried.append((faultless, fixed))
            # The fault is gone; whether all is well is the next question.
            if RANKS.index(fixed.outcome) <= RANKS.index(self._case.outcome):
                fault.fix, fault.fixed, fault.seeds = faultless, fixed, _of_seeds([True])
        return fixed, faultless

    def _others(self, base: Case, faultless: Fix) -> list[Examined]:
        others = [Examined(suspicion) for suspicion in self._suspicions(base)]
        for one in ranked(others):  # roots first: a small budget is theirs
            self._examine(one, base, faultless)
        if not base.healthy and not any(one.worked for one in others):
            self._pairs(others, base, faultless)
        return list(kept(ranked(others), base))

    def _suspicions(self, base: Case) -> list[Suspicion]:
        known = [cause for cause in CAUSES.values() if base.setup.is_ours or cause.of_any_network]
        asked = [cause for cause in known if cause.always or not base.healthy]
        found = [suspicion for cause in asked for suspicion in cause.look(base)]
        return sorted(found, key=lambda suspicion: (not suspicion.certain, -suspicion.strength))

    def _examine(self, one: Examined, base: Case, faultless: Fix) -> None:
        for fix in one.suspicion.fixes:
            fixed = self._attempts.run(combined(faultless, fix))
            if fixed is None:
                continue
            one.tried.append((fix, fixed))
            better = one.fixed is None or one.goodness_of(fixed) > one.goodness_of(one.fixed)
            if better and one.fixed_by(fixed, base):
                self._accept(one, base, combined(faultless, fix), fixed)
            if one.fixed is not None and one.fixed.outcome == "converged" and one.suspicion.goal is None:
                return

    def _accept(self, one: Examined, base: Case, fix: Fix, fixed: Case) -> None:
        """Take a fix that worked, unless it did so by luck."""
        others = self._attempts.on_other_seeds(fix, fixed)
        worked = [True, *(one.fixed_by(case, base) for case in others)]
        if 2 * sum(worked) > len(worked):
            one.fix, one.fixed, one.seeds = fix, fixed, _of_seeds(worked)

    def _pairs(self, others: Sequence[Examined], base: Case, faultless: Fix) -> None:
        for one, other, fix in _pairs_of(others):
            if self._attempts.exhausted:
                return
            pair = combined(faultless, fix)
            fixed = self._attempts.run(pair)
            if fixed is None:
                continue
            one.tried.append((fix, fixed))
            if one.fixed_by(fixed, base) and other.fixed_by(fixed, base):
                self._accept(one, base, pair, fixed)
            if one.worked:
                other.fix, other.fixed, other.seeds = one.fix, one.fixed, one.seeds
                return


def kept(examined: Sequence[Examined], base: Case) -> Iterator[Examined]:
    """Those of a run's ranked causes that are left: fixed or proven ones, and of a lost run the likeliest others."""
    # Where the data are to blame, whatever else is unusual needs a proof.
    proofs_only = any(one.beyond_settings for one in examined)
    lost = base.outcome in _LOST or base.progress < _NOWHERE
    any_kept, unproven, refuted = False, 0, []
    for one in examined:
        if one.worked or one.suspicion.certain:
            any_kept = True
            yield one
        elif proofs_only or not lost:
            continue
        elif one.refuted:
            refuted.append(one)
        elif one.suspicion.strength >= _SPEAKS and unproven < _UNPROVEN:
            any_kept, unproven = True, unproven + 1
            yield one
    if not any_kept and base.outcome in _LOST:
        yield from refuted[:1]


def _pairs_of(others: Sequence[Examined]) -> Iterator[tuple[Examined, Examined, Fix]]:
    """Pairs of fixes of two causes, those first that came nearest alone."""
    nearest = sorted(others, key=_nearest, reverse=True)
    for one, other in itertools.combinations(nearest[:_PAIRED], 2):
        for first, second in itertools.product(_best_of(one), _best_of(other)):
            if not {change.path for change in first} & {change.path for change in second}:
                yield one, other, combined(first, second)


def _nearest(one: Examined) -> tuple[int, float]:
    return max((goodness(case) for _, case in one.tried), default=(-len(RANKS), 0.0))


def _best_of(one: Examined) -> list[Fix]:
    tried = sorted(one.tried, key=lambda pair: goodness(pair[1]), reverse=True)
    return [fix for fix, _ in tried[:_FIXES_OF_EACH]]


def _of_seeds(worked: Sequence[bool]) -> str:
    return f"{sum(worked)} of {len(worked)} seed{'s' if len(worked) > 1 else ''}"


def _gain(goal: Goal | None, case: Case, fixed: Case) -> Gain | None:
    """What got better; None where the outcomes say it."""
    if goal is not None:
        return Gain(goal.name, goal.of(case), goal.of(fixed))
    if case.outcome not in _CAME_THROUGH or fixed.outcome not in _CAME_THROUGH:
        return None
    return Gain(case.measure.name, case.conclusion.quality, fixed.conclusion.quality)


def _finding(one: Examined, case: Case, repeat: Callable[[Fix], str]) -> Finding:
    suspicion = one.suspicion
    prescription: Fix = one.fix or ()
    verified = None
    if one.fixed is not None:
        verified = Verified(
            before=case.outcome,
            after=one.fixed.outcome,
            loss=finite(one.fixed.conclusion.final["loss"]),
            quality=one.fixed.conclusion.quality,
            seeds=one.seeds,
            steps=len(one.fixed.history) - 1,
            command=repeat(prescription),
            planned=one.fixed.setup.steps if one.fixed.cut_short else None,
            measured=_gain(suspicion.goal, case, one.fixed),
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
    return tuple(map(str, fix))
