"""What a rung of the ladder is, and the result of climbing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.ladder.rung_network import RungNetwork
from runner.diagnosis.page.drawable import Drawable

Status = Literal["holds", "breaks", "out of reach", "not tried"]


@dataclass(frozen=True)
class RungResult:
    """What climbing a rung gave.

    `sentence` is what was found, `work` what there is to follow line by line, `reason` what explains a failure that is
    no mistake in a formula (the name of a cause), `next_` what to do where it breaks.
    """

    passed: bool
    sentence: str
    work: tuple[str, ...] = ()
    causes: tuple[GradientMistake, ...] = ()
    reason: str | None = None
    next_: str = ""
    arrays: tuple[ArrayCheck, ...] = ()


@dataclass(frozen=True)
class Rung:
    """A rung of the ladder: what it `proves`, on which `dataset`, and whether its network has `one_layer`.

    `climb` sees the network, and gives a sentence where it can't be climbed with it; `name` is how programs call it.
    """

    name: str
    title: str
    proves: str
    dataset: Literal["and", "xor"]
    one_layer: bool
    climb: Callable[[RungNetwork], RungResult | str]


@dataclass(frozen=True)
class ClimbedRung:
    """A rung with its result; `why` says why it was not climbed, `notes` what else to know."""

    number: int
    rung: Rung
    status: Status
    network: str = ""
    outcome: RungResult | None = None
    why: str = ""
    notes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Number, whether it holds, and what was climbed, on a line."""
        return f"{self.number}  {self.status:<12}  {self.rung.title}"

    def to_dict(self) -> dict[str, Any]:
        """What ladder.json holds of it."""
        outcome = self.outcome or RungResult(False, "")
        return {
            "rung": self.number,
            "name": self.rung.name,
            "title": self.rung.title,
            "proves": self.rung.proves,
            "status": self.status,
            "network": self.network,
            "sentence": outcome.sentence,
            "work": list(outcome.work),
            "arrays": [array.to_dict() for array in outcome.arrays],
            "causes": [cause.to_dict() for cause in outcome.causes],
            "reason": outcome.reason,
            "next": outcome.next_,
            "why_not": self.why,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, repr=False)
class LadderResult(Drawable):
    """The result of the whole ladder.

    It has passed where no rung broke and at least one was climbed; `causes` are those of the rung that broke.
    `plot` draws its gradients, and `report` writes its page.
    """

    steps: tuple[ClimbedRung, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if self.broken is None:
            held = sum(step.status == "holds" for step in self.steps)
            return f"<ladder: {held} of {len(self.steps)} rungs hold>"
        why = [cause.fault for cause in self.causes] or [self.reason or ""]
        return f"<ladder: rung {self.broken.number} breaks{f': {why[0]}' if why[0] else ''}>"

    def __str__(self) -> str:
        return "\n".join([self.sentence, *(step.line for step in self.steps)])

    def _repr_html_(self) -> str:
        """For notebooks: the sentence, and a line for each rung."""
        return f"<pre>{escape(str(self))}</pre>"

    @property
    def broken(self) -> ClimbedRung | None:
        """The rung that broke."""
        return next((step for step in self.steps if step.status == "breaks"), None)

    @property
    def passed(self) -> bool:
        """Whether every rung that could be climbed holds."""
        return self.broken is None and any(step.status == "holds" for step in self.steps)

    @property
    def causes(self) -> tuple[GradientMistake, ...]:
        """The mistakes that broke it."""
        return self.broken.outcome.causes if self.broken and self.broken.outcome else ()

    @property
    def reason(self) -> str | None:
        """The cause of a failure that is no mistake in a formula."""
        return self.broken.outcome.reason if self.broken and self.broken.outcome else None

    @property
    def sentence(self) -> str:
        """Which rungs hold, and which breaks, with the name of the mistake."""
        held = [step.number for step in self.steps if step.status == "holds"]
        unreached = [step.number for step in self.steps if step.status == "out of reach"]
        beyond = f" Out of reach: {_rungs(unreached)}." if unreached else ""
        holds = f"{_rungs(held)[0].upper()}{_rungs(held)[1:]} {'hold' if len(held) > 1 else 'holds'}" if held else ""
        broken = self.broken
        if broken is not None:
            breaks = f"{holds}; rung" if held else "Rung"
            return f"{breaks} {broken.number} breaks ({broken.rung.title}): {self._named}.{beyond}"
        if not held:
            return "No rung of the ladder can be climbed by this network, so nothing is proved."
        return f"{holds}.{beyond}" if unreached else f"All {len(held)} rungs hold."

    @property
    def _named(self) -> str:
        if not self.causes:
            found = self.broken.outcome.sentence if self.broken and self.broken.outcome else ""
            return self.reason or found.rstrip(".")
        ties = self.causes[0].tied_with
        tied = f" (the same numbers: {', '.join(ties)})" if ties else ""
        return " and ".join(cause.fault for cause in self.causes) + tied

    def to_dict(self) -> dict[str, Any]:
        """What ladder.json holds."""
        broken = self.broken
        return {
            "passed": self.passed,
            "sentence": self.sentence,
            "broken": broken.rung.name if broken is not None else None,
            "causes": [cause.to_dict() for cause in self.causes],
            "reason": self.reason,
            "rungs": [step.to_dict() for step in self.steps],
            "notes": list(self.notes),
        }


def _rungs(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"rung {numbers[0]}"
    if len(numbers) == 2:
        return f"rungs {numbers[0]} and {numbers[1]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"rungs {numbers[0]} to {numbers[-1]}"
    return f"rungs {', '.join(map(str, numbers))}"
