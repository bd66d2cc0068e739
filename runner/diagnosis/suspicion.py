"""Suspicions: causes that numbers of a run speak for, with the fixes that are still to be run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Fix
from runner.diagnosis.graph import Condition, consequences
from runner.files.finding import Evidence, Where

if TYPE_CHECKING:
    from runner.diagnosis.theirs.copies import ChangedCopy


@dataclass(frozen=True)
class Goal:
    """What a fix has to improve, where that isn't accuracy or R² on the training data.

    `of` gives the number of a run, larger being better; a fix works from `enough` on.
    """

    name: str
    of: Callable[[Case], float]
    enough: float


@dataclass(frozen=True)
class Suspicion:
    """A cause that a number speaks for.

    `symptom` is a sentence with that number in it, `evidence` and `where` are what findings.json holds, `fixes` what
    may help, the likeliest first; `otherwise` are tried where none of these did. `strength` ranks causes: by how many
    decades the number is beyond its threshold.
    `certain`: the number alone proves it, whether or not a fix is found. `conditions` are those under which it
    explains more than it always does. `by_fix_alone`: the number fits other causes as well, so that a fix which was
    run and didn't help speaks against it. `by_trial`: there is no number, and only a fix that works speaks for it.
    `data_alone`: the data are to blame, which no setting changes. `learnt_by_heart`: nothing speaks for a relation
    between inputs and targets, so that a fix has to help with held-out samples. `impossible`: whatever the parameters
    are, the network can't be good, so that a fix of this has to be part of any. `copies`: changed copies of
    somebody's own file that its fixes train.
    """

    cause: str
    symptom: str
    evidence: Evidence
    where: Where = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    otherwise: tuple[Fix, ...] = ()
    strength: float = 0.0
    certain: bool = False
    conditions: frozenset[Condition] = frozenset()
    goal: Goal | None = None
    by_fix_alone: bool = False
    by_trial: bool = False
    data_alone: bool = False
    learnt_by_heart: bool = False
    impossible: bool = False
    copies: tuple[ChangedCopy, ...] = ()

    @property
    def explains(self) -> frozenset[str]:
        """The causes that may follow from this one in its run."""
        return consequences(self.cause, self.conditions)
