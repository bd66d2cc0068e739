"""The order in which causes are told: what was mended first, roots before what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.diagnosis.case import RANKS, Case
from runner.diagnosis.changes import Mend
from runner.diagnosis.findings import Suspicion


@dataclass
class Examined:
    """A suspicion and what running its mends gave: each with its case, the best that worked, and on how many seeds."""

    suspicion: Suspicion
    tried: list[tuple[Mend, Case]] = field(default_factory=list)
    mend: Mend | None = None
    mended: Case | None = None
    seeds: str = ""

    @property
    def worked(self) -> bool:
        """Whether a mend has been found."""
        return self.mended is not None

    @property
    def beyond_settings(self) -> bool:
        """Whether it is certain, and nothing that can be set would mend it: the data are to blame."""
        return self.suspicion.certain and not self.suspicion.mends

    @property
    def refuted(self) -> bool:
        """Whether only a mend would speak for it, and one that had its time didn't help."""
        in_time = any(not case.cut_short for _, case in self.tried)
        return self.suspicion.by_mend_alone and in_time and not self.worked

    def mended_by(self, case: Case, broken: Case) -> bool:
        """Whether a run is what a mend of this should lead to."""
        measure = self.suspicion.measure
        return case.mends(broken) if measure is None else measure.of(case) >= measure.enough

    def goodness_of(self, case: Case) -> tuple[float, float]:
        """What makes one mended version better than another; larger is better."""
        measure = self.suspicion.measure
        return goodness(case) if measure is None else (measure.of(case), 0.0)


def ranked(examined: Sequence[Examined]) -> list[Examined]:
    """Mended ones first, then the certain ones, then by strength; none before what explains it."""
    left = sorted(examined, key=_key)
    order: list[Examined] = []
    while left:
        free = [one for one in left if not any(_explains(other, one) for other in left if other is not one)]
        chosen = (free or left)[0]
        left.remove(chosen)
        order.append(chosen)
    return order


def _explains(root: Examined, consequence: Examined) -> bool:
    """Whether one follows from the other; not from a root that is mended only together with it.

    A root that no setting mends may explain what one does mend.
    """
    mend = set(root.mend or ())
    smaller = [other for other in root.suspicion.mends if set(other) < mend]
    added = _paths([tuple(mend)]) - _paths(smaller) if smaller else set()
    changed = added & _paths(consequence.suspicion.mends[:1])
    follows = consequence.suspicion.cause in root.suspicion.explains
    return follows and (root.worked >= consequence.worked or root.beyond_settings) and not changed


def _paths(mends: Sequence[Mend]) -> set[str]:
    return {change.path for mend in mends for change in mend}


def goodness(case: Case) -> tuple[int, float]:
    """What makes one mended version better than another; larger is better."""
    return -RANKS.index(case.outcome), case.progress


def _key(one: Examined) -> tuple[bool, bool, float]:
    return not one.worked, not one.suspicion.certain, -one.suspicion.strength
