"""What a gradient check found, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from runner.diagnosis.gradients.gradient_check import RIGHT, TOLERANCE, ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.report import COLUMNS, described, row
from runner.diagnosis.page.drawable import Drawable


@dataclass(frozen=True, repr=False)
class CheckResult(Drawable):
    """What the gradient check found.

    `arrays` holds each array at the point at which it is worst, `causes` the mistakes that explain it, `pattern` which
    arrays are wrong and how, `points` where was looked, `left_out` where the loss is not finite, and
    `passed_without_decay` whether the gradient is right but for the weight decay (None where there is none). Of a
    network that somebody wrote, `notes` says what else to know, `answer` the wrong line and the right one, as label and
    text, and `patch` is the corrected line as a unified diff. `network` and `loss` say what was checked. Shown in a
    notebook, or printed, it is a report; `plot` draws it, and `report` writes its page.
    """

    passed: bool
    sentence: str
    pattern: str
    arrays: tuple[ArrayCheck, ...]
    causes: tuple[GradientMistake, ...]
    points: tuple[str, ...]
    left_out: tuple[str, ...]
    passed_without_decay: bool | None
    notes: tuple[str, ...] = ()
    answer: tuple[tuple[str, str], ...] = ()
    patch: str = ""
    network: str = ""
    loss: str = ""

    def __repr__(self) -> str:
        if self.passed:
            return f"<check: passed, {len(self.arrays)} arrays>"
        if not self.arrays:
            return "<check: no verdict>"
        named = ", ".join(cause.fault for cause in self.causes)
        return f"<check: wrong in {self.pattern}{f': {named}' if named else ''}>"

    def __str__(self) -> str:
        return "\n".join(_report(self))

    def _repr_html_(self) -> str:
        """For notebooks: what `print` prints."""
        return f"<pre>{escape(str(self))}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """What check.json holds."""
        return {
            "network": self.network,
            "loss": self.loss,
            "passed": self.passed,
            "sentence": self.sentence,
            "answer": [list(line) for line in self.answer],
            "notes": list(self.notes),
            "patch": self.patch,
            "pattern": self.pattern,
            "tolerance": TOLERANCE,
            "points": list(self.points),
            "left_out": list(self.left_out),
            "passed_without_decay": self.passed_without_decay,
            "arrays": [array.to_dict() for array in self.arrays],
            "causes": [cause.to_dict() for cause in self.causes],
        }


def _report(result: CheckResult) -> Iterator[str]:
    """The sentence, what explains it, notes, and a table of the arrays."""
    yield result.sentence
    yield from (f"  {label:<11}  {text}" if label else f"  {text}" for label, text in result.answer)
    for cause in () if result.patch else result.causes:
        lines = ((label, text) for label, text in described(cause) if label or text not in result.sentence)
        yield from (f"  {label:<11}  {text}" if label else f"  {text}" for label, text in lines)
    yield from (f"note: {note}" for note in result.notes)
    yield from (f"not checked: {point}, where the loss is not finite" for point in result.left_out)
    rows = [COLUMNS, *map(row, result.arrays)] if result.arrays else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for one in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(one, widths, strict=True)).rstrip()


def sentence_of(
    arrays: Sequence[ArrayCheck], pattern: str, causes: Sequence[GradientMistake], without_decay: bool | None = None
) -> str:
    """The finding in one sentence."""
    if not arrays:
        return "The gradient can't be checked: the loss is not finite at any of the points."
    wrong = [array for array in arrays if not array.passed]
    if not wrong:
        worst = max((array.relative_error for array in arrays if array.pattern == RIGHT), default=0.0)
        return f"The gradients are right: no array differs by more than {worst:.1e} of its norm."
    said = f"The gradients are wrong in {pattern}"
    if without_decay:
        said += " (right without the penalties on the weights)"
    if not causes:
        return f"{said}. No mistake of the catalogue explains it, alone or with others."
    *first, last = (cause.fault for cause in causes)
    named = f"{', '.join(first)} and {last}" if first else last
    ties = f" (the same numbers: {', '.join(causes[0].tied_with)})" if causes[0].tied_with else ""
    explained = "This mistake explains" if len(causes) == 1 else "These mistakes explain"
    return f"{said}. {explained} it to the last digits: {named}{ties}."
