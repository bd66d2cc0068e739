"""How much of a run's failure is luck: on how many seeds the same settings learn, and a changed version does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.attempts import CHEAP, Attempts
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.measures.linear import linear_hidden_layers

# Seeds beside the run's own that are tried first, and, where one of them learns, all in all.
FEW, MANY = 3, 7
# The share of the budget that a run may cost to be repeated on FEW seeds where no number explains it.
WORTH_IT = 0.1
# What a change gains may be luck with at most this probability: 8 of 8 seeds after 5 of 8 is just enough.
_LUCK = 0.1


@dataclass(frozen=True)
class Odds:
    """On how many of the seeds that were tried, the run's own among them, a network learns; `seed` is one that does."""

    learnt: int
    tried: int
    seed: int | None = None

    def __str__(self) -> str:
        return f"{self.learnt} of {self.tried} seed{'s' if self.tried > 1 else ''}"

    @property
    def lucky(self) -> bool:
        """Whether some seeds learn, so that a change may seem to help where only the draw is another."""
        return self.learnt > 0

    @property
    def all_of_many(self) -> bool:
        """Whether all seeds learn, and as many as are ever tried."""
        return self.learnt == self.tried > MANY

    def beaten_by(self, changed: Odds) -> bool:
        """Whether most seeds learn with a change, and more of them than luck would have it (Fisher's exact test)."""
        most = 2 * changed.learnt > changed.tried
        if not self.lucky:
            return most
        learnt, tried = self.learnt + changed.learnt, self.tried + changed.tried
        ways = sum(
            comb(changed.tried, k) * comb(self.tried, learnt - k)
            for k in range(changed.learnt, min(learnt, changed.tried) + 1)
        )
        return most and ways / comb(tried, learnt) <= _LUCK * (1.0 + 1e-9)


UNKNOWN = Odds(0, 1)


def depends_on_start(case: Case) -> bool:
    """Whether a run came to its end without having learnt, with hidden units whose start decides where it ends."""
    if not case.setup.is_ours:
        return False
    came_through = case.outcome in ("converged", "finished", "stalled")
    return came_through and not case.healthy and not linear_hidden_layers(case.setup.architecture)


def odds_of(case: Case, fix: Fix, attempts: Attempts, *, most: float = CHEAP) -> Odds:
    """The odds of a run as it is, `fix` being what is changed about it anyway.

    Unknown where a run is costly: more than the share `most` of the budget.
    """
    if not depends_on_start(case):
        return UNKNOWN
    others = attempts.on_other_seeds(fix, case, FEW, most=most)
    learnt = [other.fixes(case) for other in others]
    if any(learnt):
        more = attempts.on_other_seeds(fix, case, MANY, already=FEW)
        others, learnt = [*others, *more], [*learnt, *(other.fixes(case) for other in more)]
    seed = next((other.setup.settings.seed for other, well in zip(others, learnt, strict=True) if well), None)
    return Odds(sum(learnt), 1 + len(learnt), seed)


def reseeded(case: Case, seed: int) -> Fix:
    """Other draws of everything that is drawn from a seed."""
    settings = case.setup.settings
    shift = seed - settings.seed
    own = ((group, getattr(settings, group).seed) for group in ("dataset", "init"))
    return (
        Change("seed", seed),
        *(Change(f"{group}.seed", value + shift) for group, value in own if value is not None),
    )


def counted(worked: Sequence[bool]) -> Odds:
    """The odds of a change, by the seeds on which it worked."""
    return Odds(sum(worked), len(worked))
