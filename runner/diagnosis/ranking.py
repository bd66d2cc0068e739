"""The order of causes, what was fixed first and roots before what follows from them; and which of them are left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runner.diagnosis.case import RANKS, Case
from runner.diagnosis.fixes.changes import Fix
from runner.diagnosis.suspicion import Suspicion

# Where no fix worked and no number alone is a proof, causes are named for these outcomes, or below this progress; from
# this strength on, and at most so many.
_LOST, _NOWHERE, _SPEAKS, _UNPROVEN = ("nan", "diverged", "stalled"), 0.1, 0.3, 3
# The share of its progress that a run keeps at least where a fix is to reach a goal of its own.
_MOSTLY = 0.75


@dataclass
class Examined:
    """A suspicion and what running its fixes gave: each with its case, the best that worked, and on how many seeds."""

    suspicion: Suspicion
    tried: list[tuple[Fix, Case]] = field(default_factory=list)
    fix: Fix | None = None
    fixed: Case | None = None
    seeds: str = ""

    @property
    def worked(self) -> bool:
        """Whether a fix has been found."""
        return self.fixed is not None

    @property
    def beyond_settings(self) -> bool:
        """Whether no setting would fix it, as where the data are to blame."""
        return self.suspicion.data_alone or (self.suspicion.certain and not self.suspicion.fixes)

    @property
    def refuted(self) -> bool:
        """Whether only a fix would speak for it, and one that was run to its end didn't help."""
        in_time = any(not case.cut_short for _, case in self.tried)
        return self.suspicion.by_fix_alone and in_time and not self.worked

    def fixed_by(self, case: Case, broken: Case) -> bool:
        """Whether a run is what a fix of this should lead to; a goal is no success where the rest is lost for it."""
        goal = self.suspicion.goal
        if goal is None:
            return case.fixes(broken)
        # Who stops before the noise is learnt fits the training data less well; at chance the rest is lost.
        left = _MOSTLY * min(broken.progress, case.thresholds.good_progress)
        return case.outcome not in ("nan", "diverged") and case.progress >= left and goal.of(case) >= goal.enough

    def goodness_of(self, case: Case) -> tuple[float, float]:
        """What makes one fixed version better than another; larger is better."""
        goal = self.suspicion.goal
        return goodness(case) if goal is None else (goal.of(case), 0.0)


def ranked(examined: Sequence[Examined]) -> list[Examined]:
    """Fixed ones first, then the certain ones, then by strength; none before what explains it."""
    left = sorted(examined, key=_key)
    order: list[Examined] = []
    while left:
        # There is always one, since the graph of causes has no circle.
        chosen = next(one for one in left if not any(_explains(other, one) for other in left))
        left.remove(chosen)
        order.append(chosen)
    return order


def _explains(root: Examined, consequence: Examined) -> bool:
    """Whether one follows from the other; not from a root that is fixed only together with it.

    A root that no setting fixes may explain what one does fix.
    """
    fix = set(root.fix or ())
    smaller = [other for other in root.suspicion.fixes if set(other) < fix]
    added = _paths([tuple(fix)]) - _paths(smaller) if smaller else set()
    changed = added & _paths(consequence.suspicion.fixes[:1])
    follows = consequence.suspicion.cause in root.suspicion.explains
    return follows and (root.worked >= consequence.worked or root.beyond_settings) and not changed


def _follows_from_fixed(one: Examined, examined: Sequence[Examined]) -> bool:
    """Whether a cause for which a fix was found explains another."""
    return any(other.worked and one.suspicion.cause in other.suspicion.explains for other in examined)


def _paths(fixes: Sequence[Fix]) -> set[str]:
    return {change.path for fix in fixes for change in fix}


def goodness(case: Case) -> tuple[int, float]:
    """What makes one fixed version better than another; larger is better."""
    return -RANKS.index(case.outcome), case.progress


def _key(one: Examined) -> tuple[bool, bool, float]:
    return not one.worked, not one.suspicion.certain, -one.suspicion.strength


def kept(examined: Sequence[Examined], base: Case) -> Iterator[Examined]:
    """Those of a run's ranked causes that are left: fixed or proven ones, and of a lost run the likeliest others."""
    # Where the data are to blame, whatever else is unusual needs a proof.
    proofs_only = any(one.beyond_settings for one in examined)
    lost = base.outcome in _LOST or base.progress < _NOWHERE
    any_kept, unproven, refuted = False, 0, []
    for one in examined:
        if one.worked or one.suspicion.certain or one.suspicion.data_alone:
            any_kept = True
            yield one
        elif one.suspicion.by_trial or proofs_only or not lost or _follows_from_fixed(one, examined):
            continue
        elif one.refuted:
            refuted.append(one)
        elif one.suspicion.strength >= _SPEAKS and unproven < _UNPROVEN:
            any_kept, unproven = True, unproven + 1
            yield one
    if not any_kept and base.outcome in _LOST:
        yield from refuted[:1]
