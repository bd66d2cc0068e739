"""The search for causes and fixes: suspicions are examined, their fixes run, and what is left is ranked.

Single changes come first, then second changes beside those without which nothing can work, then trials of what no
number shows (another seed, more units, more steps), then pairs. What counts as a fix is decided here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from runner.diagnosis.case import RANKS, Case
from runner.diagnosis.causes import CAUSES
from runner.diagnosis.faulty import without_all
from runner.diagnosis.fixes.attempts import OTHER_SEEDS, Attempts
from runner.diagnosis.fixes.changes import Fix, combined
from runner.diagnosis.fixes.companions import companions
from runner.diagnosis.fixes.held_out import generalises
from runner.diagnosis.handing_on import hand_on, share_goals, with_what_else_it_takes
from runner.diagnosis.odds import MANY, UNKNOWN, WORTH_IT, Odds, counted, odds_of, reseeded
from runner.diagnosis.ranking import Examined, goodness, kept, ranked
from runner.diagnosis.skipping import beyond_limit, longer_than_there_is_time
from runner.diagnosis.suspicion import Suspicion
from runner.diagnosis.theirs.nonfinite import bad_line

# Suspicions of which pairs of fixes are tried, and fixes of each.
_PAIRED, _FIXES_OF_EACH = 5, 2
# Suspicions, the likeliest, whose fixes are tried with more units and steps where nothing else has worked.
_ACCOMPANIED = 2
# Progress that is more than nothing.
_SOME = 0.05


class Search:
    """The search for what fixes `case`; `tried` holds all fixes that were run, with their cases.

    Changed copies of somebody's own file are written to `folder`.
    """

    def __init__(self, case: Case, attempts: Attempts, folder: Path) -> None:
        self._case, self._attempts, self._folder = case, attempts, folder
        self._odds, self._memorable = UNKNOWN, False
        self.tried: list[tuple[Fix, Case]] = []

    def run(self, found: Sequence[Suspicion]) -> list[Examined]:
        """All causes that are left, ranked: the faults that were found, then what may follow from them."""
        faults = [Examined(fault) for fault in found]
        if not self._case.setup.is_ours:
            return self._of_theirs(faults)
        base, faultless = self._without(faults)
        others = self._others(base, faultless)
        if faults and base.healthy and not self._case.healthy:
            # What fixes the run as it stands, faults and all, is worth reporting too. That nothing can be learnt from
            # its data is due to the fault: without it, something can.
            others = [one for one in self._others(self._case, ()) if not one.beyond_settings]
        return [*with_what_else_it_takes(faults, others), *others]

    def _of_theirs(self, faults: Sequence[Examined]) -> list[Examined]:
        """The same for somebody's own network, whose mistakes are gone in a corrected copy of its file."""
        for fault in faults:
            for fix in fault.suspicion.fixes:
                fixed = self._attempts.run(fix)
                if fixed is not None and (fixed.healthy or _ahead(fixed, self._case)):
                    fault.fix, fault.fixed = fix, fixed
        if any(fault.fixed is not None and fault.fixed.healthy for fault in faults):
            return list(faults)
        return [*faults, *self._others(self._case, ())]

    def _without(self, faults: Sequence[Examined]) -> tuple[Case, Fix]:
        """The case without its faults, which from here on is the one to explain, and the changes that make it."""
        faultless = without_all([fault.suspicion for fault in faults])
        fixed = self._attempts.run(faultless) if faults else None
        if fixed is None:
            return self._case, ()
        for fault in faults:
            fault.tried.append((faultless, fixed))
            # The fault is gone; whether all is well is the next question.
            if fixed.healthy or _ahead(fixed, self._case):
                fault.fix, fault.fixed, fault.seeds = faultless, fixed, str(counted([True]))
        return fixed, faultless

    def _others(self, base: Case, faultless: Fix) -> list[Examined]:
        others = [Examined(suspicion) for suspicion in self._suspicions(base)]
        self._memorable = any(one.suspicion.learnt_by_heart for one in others)
        self._odds = odds_of(base, faultless, self._attempts) if others else UNKNOWN
        by_number = [one for one in others if not one.suspicion.by_trial]
        for one in ranked(by_number):  # roots first: a small budget is theirs
            self._examine(one, base, faultless)
        for one in ranked(by_number):
            if one.suspicion.impossible and not one.worked:
                self._with_companions(one, base, faultless)
        share_goals(by_number, base)
        if not base.healthy and not any(one.worked for one in others):
            self._by_trial(others, base, faultless)
        if not base.healthy and not any(one.worked for one in others):
            self._pairs(by_number, base, faultless)
        if not base.healthy and not any(one.worked for one in others):
            for one in ranked(by_number)[:_ACCOMPANIED]:
                if not one.suspicion.impossible and not one.worked:
                    self._with_companions(one, base, faultless)
        if any(one.worked for one in others):
            # There was a relation that the tests of the labels don't detect.
            others = [one for one in others if not one.suspicion.learnt_by_heart]
        self.tried += [pair for one in others for pair in one.tried]
        return list(kept(ranked(others), base))

    def _suspicions(self, base: Case) -> list[Suspicion]:
        known = [cause for cause in CAUSES.values() if base.setup.is_ours or cause.of_any_network]
        asked = [cause for cause in known if cause.always or not base.healthy]
        found = [suspicion for cause in asked for suspicion in cause.look(base)]
        if not base.setup.is_ours and not base.healthy:
            # What records somebody's own file takes time to import.
            from runner.diagnosis.theirs.recorded import all_of_theirs

            found += [*all_of_theirs(base, self._folder), *bad_line(base)]
        return sorted(found, key=lambda suspicion: (not suspicion.certain, -suspicion.strength))

    def _examine(self, one: Examined, base: Case, faultless: Fix) -> None:
        for fix in (*one.suspicion.fixes, *one.suspicion.otherwise):
            if one.worked and fix in one.suspicion.otherwise:
                return
            if beyond_limit(fix, base) or longer_than_there_is_time(fix, one):
                continue
            fixed = self._attempts.run(combined(faultless, fix))
            if fixed is None:
                continue
            one.tried.append((fix, fixed))
            better = one.fixed is None or one.goodness_of(fixed) > one.goodness_of(one.fixed)
            if better and one.fixed_by(fixed, base):
                self._accept(one, base, faultless, fix, fixed)
            if one.fixed is not None and one.fixed.outcome == "converged" and one.suspicion.goal is None:
                return

    def _accept(self, one: Examined, base: Case, faultless: Fix, fix: Fix, fixed: Case) -> None:
        """Take a fix that worked, unless it did so by luck, or by learning by heart what has no system."""
        whole = combined(faultless, fix)
        others = self._attempts.on_other_seeds(whole, fixed, MANY if self._odds.lucky else OTHER_SEEDS)
        odds = counted([True, *(one.fixed_by(case, base) for case in others)])
        # A trial reports both counts, so that all seeds are enough even where most learn as it is.
        if not self._odds.beaten_by(odds) and not (one.suspicion.by_trial and odds.all_of_many):
            return
        by_heart = base.matches_reference and one.suspicion.goal is None
        doubted = self._memorable or one.suspicion.by_trial or by_heart
        if doubted and not generalises(base, faultless, whole, fixed, self._attempts):
            return
        one.fix, one.fixed, one.seeds = whole, fixed, str(odds)

    def _with_companions(self, one: Examined, base: Case, faultless: Fix) -> None:
        """Try a second change beside each fix of what makes all else useless, or of the likeliest cause."""
        for fix in _best_of(one) or list(one.suspicion.fixes[:1]):
            for second in companions(base, fix):
                pair = combined(fix, second)
                fixed = self._attempts.run(combined(faultless, pair))
                if fixed is None:
                    continue
                one.tried.append((pair, fixed))
                if one.fixed_by(fixed, base):
                    self._accept(one, base, faultless, pair, fixed)
                if one.worked:
                    return

    def _by_trial(self, others: Sequence[Examined], base: Case, faultless: Fix) -> None:
        """Other seeds, more units, more steps: what no number shows; the first that works is the cause."""
        if self._odds == UNKNOWN and any(one.suspicion.by_trial for one in others):
            self._odds = odds_of(base, faultless, self._attempts, most=WORTH_IT)
        for one in [one for one in others if one.suspicion.by_trial]:
            by_luck = one.suspicion.cause == "local_minimum"
            if by_luck and not self._odds.lucky:
                continue
            self._examine(one, base, faultless)
            if by_luck and not one.worked:
                self._another_seed(one, base, faultless)
            if one.worked:
                one.suspicion = _with_odds(one, self._odds)
                hand_on(one, others)
                return

    def _another_seed(self, one: Examined, base: Case, faultless: Fix) -> None:
        """Where nothing makes more seeds learn: one that does."""
        if self._odds.seed is not None:
            whole = combined(faultless, reseeded(base, self._odds.seed))
            fixed = self._attempts.run(whole)
            if fixed is not None and one.fixed_by(fixed, base):
                one.fix, one.fixed, one.seeds = whole, fixed, ""

    def _pairs(self, others: Sequence[Examined], base: Case, faultless: Fix) -> None:
        for one, other, fix in _pairs_of(others):
            if self._attempts.exhausted:
                return
            if beyond_limit(fix, base):
                continue
            fixed = self._attempts.run(combined(faultless, fix))
            if fixed is None:
                continue
            one.tried.append((fix, fixed))
            if one.fixed_by(fixed, base) and other.fixed_by(fixed, base):
                self._accept(one, base, faultless, fix, fixed)
            if one.worked:
                other.fix, other.fixed, other.seeds = one.fix, one.fixed, one.seeds
                return


def _ahead(fixed: Case, broken: Case) -> bool:
    """Whether a run is better than another in anything that can be seen."""
    further, before = RANKS.index(fixed.outcome), RANKS.index(broken.outcome)
    return further < before or (further == before and fixed.progress >= broken.progress + _SOME)


def _with_odds(one: Examined, odds: Odds) -> Suspicion:
    """A suspicion that only a trial speaks for, with what the trial gave."""
    suspicion, fix = one.suspicion, " ".join(map(str, one.fix or ()))
    seeds = f"With the same settings, {odds if odds.lucky else f'none of {odds.tried}'} "
    seeds += "learn" if odds.lucky else "seeds learns"
    if odds.tried == 1:
        seeds = "With these settings the run doesn't learn on its seed (others cost too much to be tried)"
    changed = f"; with {fix}, {one.seeds} {'does' if one.seeds.startswith('1 ') else 'do'}" if one.seeds else ""
    evidence = {**suspicion.evidence, "learnt": odds.learnt, "seeds": odds.tried, "fixed": one.seeds}
    return replace(suspicion, symptom=f"{suspicion.symptom} {seeds}{changed}.", evidence=evidence)


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
