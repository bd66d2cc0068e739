"""The check of somebody's own file: by its recording, and by calls alone where that tells more or is all there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.patterns import pattern_of_all
from runner.diagnosis.subjects.checking import SubjectResult, check_black_box, failed
from runner.diagnosis.subjects.examine import NotRecorded, examine
from runner.diagnosis.subjects.finding import Finding, answer, headline
from runner.errors import UserError
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.complaint import SubjectError
from runner.subjects.samples import Samples

_SAME = 1e-6
# Mistakes that have a name of their own where they are made in biases alone.
_OF_BIASES = {"sign_flipped": "bias_sign_flipped", "gradient_not_averaged": "bias_gradient_not_averaged"}


def check_subject(
    settings: SubjectSettings,
    samples: Samples | None = None,
    sizes: Sequence[int] = (4,),
    budget: float = 5.0,
) -> SubjectResult:
    """Check the gradients of somebody's own network, and find the line that makes them wrong.

    `samples` are taken where its file has none, `sizes` are those of hidden layers where it is built from sizes, and
    `budget` is for how many seconds mistakes are tried. Raises `UserError` where it can't be found, run or used.
    """

    def by_calls() -> SubjectResult:
        return check_black_box(settings, samples, sizes, budget)

    try:
        finding = examine(settings, samples, sizes)
    except NotRecorded as reason:
        try:
            result = by_calls()
        except UserError:
            return failed(str(reason), {"path": settings.path})
        return replace(result, notes=(f"it was checked by calls alone: {reason}", *result.notes))
    except SubjectError as error:
        return failed(str(error), {"path": settings.path})
    except UserError as error:
        try:
            return by_calls()
        except UserError:
            raise error from None
    if finding.described.get("predict") is None and "built" not in finding.described:
        return _result(finding)
    if finding.right:
        return _with_leaks(finding, by_calls)
    if any(edit.name for edit in finding.edits) and not _is_uniform(finding):
        return _result(finding)
    try:
        named = by_calls()
    except (UserError, SubjectError):
        return _result(finding)
    return replace(_result(finding), causes=named.causes, recognised=named.recognised)


def _is_uniform(finding: Finding) -> bool:
    """Whether all gradients have the same factor: what that is is told by how it goes with the number of samples."""
    ratios = [array.ratio for array in finding.arrays]
    if any(ratio is None or array.passed for ratio, array in zip(ratios, finding.arrays, strict=True)):
        return False
    known = [ratio for ratio in ratios if ratio is not None]
    return max(known) - min(known) <= _SAME * max(map(abs, known))


def _with_leaks(finding: Finding, by_calls: object) -> SubjectResult:
    """Right gradients, and what a check of single steps can't see: state that leaks from call to call."""
    assert callable(by_calls)
    result = _result(finding)
    try:
        called: SubjectResult = by_calls()
    except (UserError, SubjectError):
        return result
    leaks = tuple(cause for cause in called.causes if cause.layer is None)
    if not leaks or called.passed:
        return result
    return replace(called, notes=(*finding.notes, *called.notes))


def _result(finding: Finding) -> SubjectResult:
    pattern = pattern_of_all(finding.arrays)
    return SubjectResult(
        passed=finding.right,
        sentence=headline(finding),
        pattern=pattern,
        arrays=finding.arrays,
        causes=tuple(_causes(finding)),
        points=finding.points,
        left_out=finding.left_out,
        passed_without_decay=None,
        notes=finding.notes,
        answer=tuple(answer(finding)),
        subject=finding.described,
        edits=tuple(edit.to_dict() for edit in finding.edits),
        patch=finding.patch,
        places=tuple(asdict(place) for place in finding.places),
    )


def _causes(finding: Finding) -> list[GradientMistake]:
    """The mistake of the best correction, where the catalogue has a name for it."""
    layers = [array.layer for array in finding.arrays if not array.passed]
    biases = all(array.is_bias for array in finding.arrays if not array.passed)
    for edit in finding.edits[:1]:
        name = _OF_BIASES.get(edit.name or "", edit.name) if biases else edit.name
        if name is not None:
            layer = max(layers) if layers else None
            fault = name if layer is None else f"{name}@{layer}"
            source = {"file": edit.file, "line": edit.line}
            sentence = f"{name}: {edit.before.strip()}"
            shown = [edit.before], edit.after.strip()
            return [GradientMistake(name, layer, fault, 0.0, [], sentence, *shown, source)]
    return []
