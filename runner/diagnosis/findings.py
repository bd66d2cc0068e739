"""What a diagnosis says: suspicions, whose fixes are still to be tried, and the findings that are left of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Fix


@dataclass(frozen=True)
class Measure:
    """What a fix has to better, where that isn't how well the training part is learnt.

    `of` gives the number of a run, larger being better, and `enough` is from where on a fix counts.
    """

    name: str
    of: Callable[[Case], float]
    enough: float


@dataclass(frozen=True)
class Suspicion:
    """A cause that a number speaks for.

    `symptom` is a sentence with that number in it, `evidence` and `where` what findings.json holds, `fixes` what may
    help, the likeliest first. `strength` ranks causes: by how many decades the number is beyond its threshold.
    `certain`: the number alone says so, whether or not a fix is found. `explains`: causes that would follow from
    this one, and are told after it. `by_fix_alone`: the number fits other causes as well, so that a fix which was run
    and didn't help speaks against it.
    """

    cause: str
    symptom: str
    evidence: dict[str, Any]
    where: dict[str, Any] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    strength: float = 0.0
    certain: bool = False
    explains: frozenset[str] = frozenset()
    measure: Measure | None = None
    by_fix_alone: bool = False


@dataclass(frozen=True)
class Verified:
    """What running a fix gave: outcomes before and after, the final loss and the task's own measure after.

    `seeds` is how many of the seeds tried went well; `steps` how many steps were run, of `planned` ones where there was
    no time for more, else None; `measured` what was to be bettered, where that is another measure, before and after.
    """

    before: str
    after: str
    loss: float | None
    quality: float
    seeds: str
    steps: int
    command: str
    planned: int | None = None
    measured: dict[str, Any] | None = None


@dataclass(frozen=True)
class Finding:
    """A cause with its evidence and, where one was found, a fix that has been run.

    `tried` is what was run and didn't help.
    """

    cause: str
    symptom: str
    evidence: dict[str, Any]
    where: dict[str, Any]
    prescription: list[str]
    verified: Verified | None
    tried: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """As findings.json holds it; null for what is no finite number."""
        held: dict[str, Any] = _finite(asdict(self))
        return held


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
