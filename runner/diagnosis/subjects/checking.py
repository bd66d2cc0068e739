"""The gradient check of a subject as a whole: its arrays, what leaks, which mistake it is, and on which line."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from runner.diagnosis.gradients.gradient_check import ArrayCheck, Demands, check_gradient, worst_of
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.patterns import pattern_of_all
from runner.diagnosis.gradients.result import CheckResult, sentence_of
from runner.diagnosis.recognition.recognised import Recognised
from runner.diagnosis.subjects.explaining import contradicted, described, mistakes_in, recognised_in, with_layers
from runner.diagnosis.subjects.forward_lines import with_forward_lines
from runner.diagnosis.subjects.leaks import UNRECOGNISABLE, Situation, leaks_of
from runner.diagnosis.subjects.points import FLOAT32, Point, demands_of, points_of, random_arrays
from runner.diagnosis.subjects.scaled import PARAMETERS_RETURNED, common_factor
from runner.diagnosis.subjects.sides import BothSides
from runner.diagnosis.subjects.source import with_lines
from runner.network.arrays import ParameterArray
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.complaint import SubjectError
from runner.subjects.layers import arrays_of
from runner.subjects.process.proxy import Subject, opened
from runner.subjects.samples import Samples

# Samples with which state is tested for: calls are many, and few samples tell as much.
_SAMPLES = 8
_STYLES = (
    (re.compile(r"The gradients are right"), "font-weight: bold; color: #1a7f37"),
    (re.compile(r"The gradients (are wrong|can't)"), "font-weight: bold; color: #b3261e"),
    (re.compile(r"  (\S+, )?(cell \d+, )?line \d+ "), "color: #b3261e"),
    (re.compile(r"  (should be|should read|or as) "), "color: #1a7f37"),
)


@dataclass(frozen=True, repr=False)
class SubjectResult(CheckResult):
    """What the check of a subject found.

    `subject` says how it was built and called, `edits` are the corrected lines that were checked and `places` the lines
    that may be wrong, as check.json holds them. In a notebook the wrong line and the right one are coloured.
    """

    subject: dict[str, Any] = field(default_factory=dict)
    edits: tuple[dict[str, Any], ...] = ()
    places: tuple[dict[str, Any], ...] = ()

    def _repr_html_(self) -> str:
        """The report in a notebook, with what is written in red and what should be in green."""
        lines = [f'<span style="{_style(line)}">{html.escape(line)}</span>' for line in repr(self).split("\n")]
        return f"<pre>{chr(10).join(lines)}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """What check.json holds."""
        subject = {**self.subject, "recognised": self.recognised}
        found = {"edits": list(self.edits), "places": list(self.places)}
        return {**super().to_dict(), "subject": subject, "notes": list(self.notes), **found}


def _style(line: str) -> str:
    """How a line of a report is shown in a notebook."""
    for pattern, style in _STYLES:
        if pattern.match(line):
            return style
    return ""


def check_black_box(
    settings: SubjectSettings,
    samples: Samples | None = None,
    sizes: Sequence[int] = (4,),
    budget: float = 5.0,
) -> SubjectResult:
    """Check the gradients of somebody's own network by calls alone, and name the mistake where they are wrong.

    `samples` are taken where its file has none, `sizes` are those of hidden layers where it is built from sizes, and
    `budget` is for how many seconds mistakes are tried. Raises `UserError` where it can't be found, built or called.
    """
    try:
        with opened(settings, samples, sizes) as subject:
            try:
                return _checked(subject, budget)
            except SubjectError as error:
                return failed(str(error), _description(subject))
    except SubjectError as error:
        return failed(str(error), {"path": settings.path})


def _checked(subject: Subject, budget: float) -> SubjectResult:
    parts = arrays_of(subject.names, subject.shapes, subject.X.shape[1], subject.Y.shape[1])
    points, checks, left_out, demands = [], [], [], Demands()
    for point in points_of(subject, parts):
        if not _is_finite(subject, point):
            left_out.append(point.name)
            continue
        demands = demands_of(subject, point)
        points.append(point)
        checks.append(_checks(subject, point, parts, demands))
    leaks = _leaks(subject, parts, points)
    recognised = None
    if points and not any(leak.name in UNRECOGNISABLE for leak in leaks):
        recognised = recognised_in(subject, points[0].X, points[0].Y, budget)
    if recognised is not None:
        parts = with_layers(parts, recognised)
    arrays = _in_layers(worst_of(checks), parts) if checks else ()
    causes = _causes(subject, recognised, points, checks, leaks, budget)
    if arrays:
        causes = with_lines(subject, causes, parts, arrays, points[-1])
        causes = with_forward_lines(subject, causes, recognised, points[-1])
    pattern = pattern_of_all(arrays)
    right = bool(arrays) and all(array.passed for array in arrays)
    return SubjectResult(
        passed=right and not causes,
        sentence=_sentence(arrays, pattern, leaks, causes),
        pattern=pattern,
        arrays=arrays,
        causes=tuple(causes),
        points=tuple(point.name for point in points),
        left_out=tuple(left_out),
        passed_without_decay=None,
        subject=_description(subject),
        notes=tuple(_notes(subject, demands, recognised)),
        recognised=described(recognised),
    )


def _in_layers(arrays: Sequence[ArrayCheck], parts: Sequence[ParameterArray]) -> tuple[ArrayCheck, ...]:
    pairs = zip(arrays, parts, strict=True)
    return tuple(replace(array, layer=part.layer, is_bias=part.is_bias) for array, part in pairs)


def _causes(
    subject: Subject,
    recognised: Recognised | None,
    points: Sequence[Point],
    checks: Sequence[Sequence[ArrayCheck]],
    leaks: Sequence[GradientMistake],
    budget: float,
) -> list[GradientMistake]:
    """The mistakes in the formulas, and what leaks beside them."""
    if not points or any(leak.name == "not_repeatable" for leak in leaks):
        return list(leaks)
    by_name = {leak.name: leak for leak in leaks}
    subject.start_anew = subject.updates  # what updates may carry momentum along, which is no mistake
    point = points[0]
    named = mistakes_in(subject, recognised, point.X, point.Y, budget)
    wrong = any(not check.passed for point_checks in checks for check in point_checks)
    if wrong and not named:
        named = common_factor(checks, [len(one.X) for one in points], subject.Y.shape[1])
    told = [
        replace(cause, sentence=by_name[cause.name].sentence) if cause.name in by_name else cause for cause in named
    ]
    return [*told, *(leak for leak in leaks if leak.name not in {cause.name for cause in named})]


def _checks(subject: Subject, point: Point, parts: Sequence[ParameterArray], demands: Demands) -> list[ArrayCheck]:
    subject.fresh()  # what leaks from call to call is looked for by itself
    supplied = np.concatenate([one.ravel() for one in subject.gradients(point.arrays, point.X, point.Y)])
    theta = np.concatenate([one.ravel() for one in point.arrays])
    sides = BothSides(subject, point.arrays, point.X, point.Y, demands.epsilon)
    return check_gradient(parts, theta, supplied, sides, point.name, np.random.default_rng(0), demands)


def _is_finite(subject: Subject, point: Point) -> bool:
    finite = all(np.isfinite(array).all() for array in point.arrays)
    return finite and bool(np.isfinite(subject.loss(point.arrays, point.X, point.Y)))


def _leaks(subject: Subject, parts: Sequence[ParameterArray], points: Sequence[Point]) -> list[GradientMistake]:
    if not points:
        return []
    rng, point = np.random.default_rng(2), points[-1]
    n = _SAMPLES if len(point.X) > _SAMPLES and _accepts(subject, point, _SAMPLES) else len(point.X)
    X, Y = point.X[:n], point.Y[:n]
    spread = X.std(axis=0)
    other = rng.permutation(X) + np.where(spread > 0, spread, 1.0) * rng.normal(size=X.shape)
    situation = Situation(
        here=[one + 0.5 * move for one, move in zip(point.arrays, random_arrays(parts, X, rng), strict=True)],
        there=random_arrays(parts, X, rng),
        X=X,
        Y=Y,
        others=other,
        other_targets=Y[rng.permutation(n)],
    )
    return leaks_of(subject, situation)


def _accepts(subject: Subject, point: Point, n: int) -> bool:
    try:
        subject.gradients(point.arrays, point.X[:n], point.Y[:n])
    except SubjectError:
        return False
    return True


def _sentence(
    arrays: Sequence[ArrayCheck], pattern: str, leaks: Sequence[GradientMistake], causes: Sequence[GradientMistake]
) -> str:
    if any(cause.name == "parameters_as_gradient" for cause in causes):
        return f"The gradients are wrong: {PARAMETERS_RETURNED}."
    noise = next((leak for leak in leaks if leak.name == "not_repeatable"), None)
    if noise is not None:
        return f"The gradients can't be checked: {noise.sentence}"
    right = bool(arrays) and all(array.passed for array in arrays)
    if causes and right:
        told = [cause.sentence for cause in causes]
        single = {cause.name for cause in causes} <= {leak.name for leak in leaks}
        return f"The gradients are right{' in a single call' if single else ''}, but: {' '.join(told)}"
    return sentence_of(arrays, pattern, causes)


def _description(subject: Subject) -> dict[str, Any]:
    """How it was built and called, as YAML would say it."""
    return {
        "file": subject.file.name,
        "name": subject.name,
        "built": subject.built,
        "form": subject.form,
        **subject.texts,
        "updates": subject.updates,
    }


def _notes(subject: Subject, demands: Demands, recognised: Recognised | None) -> list[str]:
    notes = [] if recognised is None else contradicted(subject.stated, recognised)
    strange = [name for name, array in zip(subject.names, subject.initial, strict=True) if not np.isfinite(array).all()]
    if strange:
        notes.append(f"{', '.join(strange)}: not finite at the start")
    if demands.tolerance == FLOAT32.tolerance:
        notes.append(f"it computes in float32: what is within {FLOAT32.tolerance:g} counts as right")
    if subject.updates:
        notes.append(f"it only updates: its gradient is (before - after) / lr, with lr = {subject.lr:g}")
    if subject.lr_guessed:
        notes.append("this lr is the one that fits its loss best, since it isn't told: say it as subject.names.lr")
    whole = [name for name, kept in zip(subject.names, subject.kept_as, strict=True) if "int" in kept]
    if whole:
        notes.append(
            f"{', '.join(whole)} hold integers: an update in place would be cut off; they were taken as floats"
        )
    return notes


def failed(sentence: str, description: dict[str, Any]) -> SubjectResult:
    """The result of a check that could not be carried out, for a reason in the file itself."""
    return SubjectResult(
        passed=False,
        sentence=f"The gradients can't be checked: {sentence}.",
        pattern="",
        arrays=(),
        causes=(),
        points=(),
        left_out=(),
        passed_without_decay=None,
        subject=description,
    )
