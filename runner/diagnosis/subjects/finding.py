"""What the check of a recorded step found, as plain data: it is made in the process of their code and read outside."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.files.event_details import Operand, SourceValue
from runner.recording.repairing.proof import Checked
from runner.recording.scenarios.discovery.discovered import Description

PARAMETERS_RETURNED = "the parameters were returned as the gradient"


@dataclass(frozen=True)
class WrongGradient:
    """A gradient that is wrong: its name in their code ("dW1"), and where it is made ("line 31")."""

    name: str
    place: str


@dataclass(frozen=True)
class Suspected:
    """A place that may hold the mistake, and why."""

    file: str
    line: int
    place: str
    text: str
    sentence: str


@dataclass(frozen=True)
class EditFound:
    """A corrected line that has been checked.

    `span` is first line, column, last line and column (lines from 1, columns from 0) of what is replaced, `before` and
    `after` the whole lines. `name` is that of the mistake in the catalogue, `checked` how it was checked, `place` where
    the line is for people ("cell 3, line 4"). `changes_loss` marks one of the forward pass: loss and gradients
    disagree, and either side may be meant. `also` are other lines to be corrected along with it.
    """

    file: str
    line: int
    span: tuple[int, int, int, int]
    before: str
    after: str
    name: str | None
    changes_loss: bool
    checked: Checked
    place: str = ""
    also: tuple[EditFound, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As check.json holds it: what is to be edited along with it stands under "and"."""
        data = {key: value for key, value in asdict(self).items() if key != "also"}
        others = [one.to_dict() for one in self.also]
        return {**data, "span": list(self.span)} | ({"and": others} if others else {})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EditFound:
        """From what was sent."""
        also = tuple(cls.from_dict(one) for one in data.get("also", ()))
        return cls(**{**data, "span": tuple(data["span"]), "also": also, "checked": Checked(**data["checked"])})


@dataclass(frozen=True)
class StepFinding:
    """What was found of one step.

    `arrays` holds each gradient at the point at which it is worst, `wrong` those that are, in their own words. `places`
    are where the mistake may be, `edits` the corrections that were checked, the best first, `causes` the mistakes that
    have a name. `notes` say what else to know. `assumed` is the loss where none is written. `described` says how the
    step was found, `patch` is the correction as a unified diff.
    """

    arrays: tuple[ArrayCheck, ...]
    wrong: tuple[WrongGradient, ...]
    points: tuple[str, ...]
    described: Description
    places: tuple[Suspected, ...] = ()
    edits: tuple[EditFound, ...] = ()
    causes: tuple[GradientMistake, ...] = ()
    notes: tuple[str, ...] = ()
    assumed: str | None = None
    left_out: tuple[str, ...] = ()
    patch: str = ""

    @property
    def right(self) -> bool:
        """Whether all gradients are right."""
        return bool(self.arrays) and all(array.passed for array in self.arrays)

    @property
    def passed(self) -> bool:
        """Whether they are, and nothing else is found to be wrong."""
        return self.right and not self.causes

    def to_dict(self) -> dict[str, Any]:
        """As it is sent."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StepFinding:
        """From what was sent."""
        plain: dict[str, Any] = {
            **data,
            "arrays": tuple(ArrayCheck(**one) for one in data["arrays"]),
            "wrong": tuple(WrongGradient(**one) for one in data["wrong"]),
            "places": tuple(Suspected(**one) for one in data["places"]),
            "edits": tuple(EditFound.from_dict(one) for one in data["edits"]),
            "described": Description(**data["described"]),
            "causes": tuple(GradientMistake.from_dict(one) for one in data["causes"]),
        }
        for key in ("notes", "points", "left_out"):
            plain[key] = tuple(plain[key])
        return cls(**plain)


@dataclass(frozen=True)
class BadValue:
    """The first value of a step that is not finite and did harm: its line, text, kind and way, as an event has them.

    `sample` counts within the batch of the step. `end` is what the `chain` of values leads to: "loss", "" where that
    isn't known, or a gradient.
    """

    line: int
    text: str
    kind: str
    count: int
    size: int
    sample: int | None
    unit: int | None
    operands: Mapping[str, Operand]
    origin: tuple[SourceValue, ...]
    chain: tuple[str, ...]
    end: str

    def to_dict(self) -> dict[str, object]:
        """As it is sent."""
        operands = {name: one.to_dict() for name, one in self.operands.items()}
        return {**vars(self), "operands": operands, "origin": [one.to_dict() for one in self.origin]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BadValue:
        """From what was sent."""
        operands = {name: Operand.from_dict(one) for name, one in data["operands"].items()}
        origin = tuple(map(SourceValue.from_dict, data["origin"]))
        return cls(**{**data, "operands": operands, "origin": origin, "chain": tuple(data["chain"])})


def headline(finding: StepFinding) -> str:
    """The answer in one line."""
    if not finding.arrays:
        return "The gradients can't be checked: the step changes no parameters."
    count = len(finding.arrays)
    said = " ".join(cause.sentence for cause in finding.causes)
    if any(cause.name == "not_repeatable" for cause in finding.causes):
        return f"The gradients can't be checked: {said}"
    if finding.right and any(cause.source is not None for cause in finding.causes):
        return f"The gradients are right, the step that is made of them is not: {said}"
    if finding.right and said:
        return f"The gradients are right in a single call, but: {said}"
    if finding.right:
        assumed = f", if the loss is {finding.assumed}" if finding.assumed else ""
        worst = max(array.relative_error for array in finding.arrays)
        return f"The gradients are right{assumed}: no array differs by more than {worst:.1e} of its norm."
    if all(array.pattern == "the parameters themselves" for array in finding.arrays):
        return f"The gradients are wrong: {PARAMETERS_RETURNED}."
    listed = _listed(_told_apart(finding))
    right = sum(array.passed for array in finding.arrays)
    if right == 0:
        return f"The gradients are wrong: {listed}.  None of {count} is right."
    return f"The gradients are wrong: {listed}.  {right} of {count} gradients {'is' if right == 1 else 'are'} right."


def answer(finding: StepFinding) -> list[tuple[str, str]]:
    """What follows the headline, as label and text: the line, what it should be, how that was checked."""
    lines: list[tuple[str, str]] = []
    for edit in [one for one in finding.edits if not one.changes_loss][:1]:
        for one in (edit, *edit.also):
            lines += _lines(one.place, one.before)
            named, *further = _lines("should be", one.after)
            lines += [(named[0], f"{named[1]}          {one.name}" if one.name else named[1]), *further]
        lines.append(("checked", checked(edit)))
    disagreeing = [one for one in finding.edits if one.changes_loss]
    if disagreeing:
        backward = [one.place for one in finding.places if one.place not in {edit.place for edit in disagreeing}]
        places = [*(one.place for one in finding.edits), *([] if len(finding.edits) > 1 else backward[:1])]
        where = " or ".join(dict.fromkeys(places))
        lines.append(("", f"The forward pass and the backward pass disagree: either {where} is wrong."))
        for edit in disagreeing[:2]:
            lines += [*_lines(edit.place, edit.before), *_lines("or as", edit.after)]
    if not finding.edits:
        lines += [("look at", f"{one.place}: {one.text.splitlines()[0]}") for one in finding.places[:3]]
        if finding.places and finding.places[0].sentence:
            lines.append(("", finding.places[0].sentence))
    return lines


def _lines(label: str, text: str) -> list[tuple[str, str]]:
    """Lines of code below each other, the label before the first."""
    first, *others = textwrap.dedent(text.strip("\n")).rstrip().split("\n")
    return [(label, first), *((" ", other) for other in others)]


def checked(edit: EditFound) -> str:
    """How a correction was checked."""
    points, sizes = edit.checked.points, edit.checked.batch_sizes
    how = [f"{points} parameter sets" if points != 1 else "1 parameter set"]
    if sizes > 1:
        how.append(f"{sizes} batch sizes")
    if edit.checked.layer_sizes > 1:
        how.append(f"{edit.checked.layer_sizes} layer sizes")
    lines = "these lines" if edit.also else "this line"
    if edit.checked.formula:
        return f"with {lines} the step is the textbook's, and all gradients stay right ({', '.join(how)})"
    return f"with {lines} all gradients are right to {edit.checked.error:.0e} ({', '.join(how)})"


def _told_apart(finding: StepFinding) -> list[str]:
    """The wrong gradients; those with one name and one place by their parameters, as where one line makes them all."""
    groups: dict[tuple[str, str], list[str]] = {}
    parameters = [array.name for array in finding.arrays if not array.passed]
    for one, parameter in zip(finding.wrong, parameters, strict=True):
        groups.setdefault((one.name, one.place), []).append(parameter)
    said = []
    for (name, place), own in groups.items():
        where = f" ({place})" if place else ""
        said.append(f"{name}{where}" if len(own) == 1 else f"{name}{where}, of {_listed(own)}")
    return said


def _listed(names: Sequence[str]) -> str:
    if len(names) > 5:
        return f"{', '.join(names[:4])} and {len(names) - 4} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
