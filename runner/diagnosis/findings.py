"""What a diagnosis says: suspicions, whose mends are still to be tried, and the findings that are left of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from runner.diagnosis.changes import Mend


@dataclass(frozen=True)
class Suspicion:
    """A cause that a number speaks for.

    `symptom` is a sentence with that number in it, `evidence` and `where` what findings.json holds, `mends` what may
    help, the likeliest first. `strength` ranks causes: by how many decades the number is beyond its threshold.
    `certain`: the number alone says so, whether or not a mend is found. `explains`: causes that would follow from
    this one, and are told after it.
    """

    cause: str
    symptom: str
    evidence: dict[str, Any]
    where: dict[str, Any] = field(default_factory=dict)
    mends: tuple[Mend, ...] = ()
    strength: float = 0.0
    certain: bool = False
    explains: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verified:
    """What running a mend gave: outcomes before and after, the final loss and the task's own measure after.

    `seeds` is how many of the seeds tried went well; `steps` how many steps were run.
    """

    before: str
    after: str
    loss: float | None
    quality: float
    seeds: str
    steps: int
    command: str


@dataclass(frozen=True)
class Finding:
    """A cause with its evidence and, where one was found, a mend that has been run.

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
        """As findings.json holds it."""
        return asdict(self)
