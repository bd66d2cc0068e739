"""The gradient check of somebody's own network at the end of a run that broke: what is wrong there comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.diagnosis.case import Case
from runner.diagnosis.gradients.gradient_check import are_multiples
from runner.diagnosis.suspicion import Suspicion
from runner.errors import UserError
from runner.subjects.loading import place_of
from runner.subjects.samples import Samples

if TYPE_CHECKING:
    from runner.diagnosis.subjects.finding import EditFound
    from runner.diagnosis.subjects.result import SubjectResult
    from runner.diagnosis.theirs.copies import ChangedCopy

# The cause of a wrong gradient for which the catalogue of faults has no name.
UNNAMED = "wrong_gradient"
# Samples that the check sees: more cost time and tell no more.
_MOST_SAMPLES = 64
# What people write on purpose: nothing is said of it where the network has learnt.
_MEANT = ("weight_decay_not_in_loss", "gradient_of_another_loss")
# Networks whose gradients were right, so that a sweep of healthy runs checks its file once.
_RIGHT: set[str] = set()


def wrong_gradients(case: Case, folder: Path) -> Iterator[Suspicion]:
    """The mistake that the check finds, with its line and the corrected one; nothing where the gradients are right.

    Nothing, too, where the check comes to no verdict: a wrong statement is worse than none. The corrected copy is
    written to `folder`.
    """
    # What checks somebody's own file takes 0.1 s to import.
    from runner.diagnosis.subjects.check import check_subject

    settings, part = case.setup.settings, case.setup.dataset.train
    few = slice(_MOST_SAMPLES)
    samples = Samples(part.X[few].astype("float64"), part.Y[few].astype("float64"))
    key = _key(case)
    if case.healthy and key in _RIGHT:
        return
    try:
        result = check_subject(settings.subject, samples, settings.network.hidden)
    except UserError:
        return
    if result.passed:
        _RIGHT.add(key)
    wrong = [array for array in result.arrays if not array.passed]
    if result.passed or not wrong:
        return
    name = result.causes[0].name if result.causes else UNNAMED
    if case.healthy and (name in _MEANT or are_multiples(result.arrays)):
        return
    copy = _corrected(case, result.edits[0], folder) if result.edits else None
    yield Suspicion(
        cause=name,
        symptom=_symptom(result),
        evidence={"arrays": [array.name for array in wrong], "relative_error": max(_error(array) for array in wrong)},
        where=_place(result),
        strength=10.0,
        certain=True,
        fixes=() if copy is None else ((copy.change,),),
        copies=() if copy is None else (copy,),
    )


def _key(case: Case) -> str:
    """What a file and the way in which it is used make of a gradient; sizes and seeds don't matter."""
    subject, described = case.setup.settings.subject, case.setup.network.described()["subject"]
    return subject.model_dump_json(exclude={"args"}) + str(described["files"])


def _corrected(case: Case, best: EditFound, folder: Path) -> ChangedCopy | None:
    from runner.diagnosis.scripts.changes.correction import correction
    from runner.diagnosis.theirs.copies import copy_with, source_of

    file = place_of(case.setup.settings.subject.path or "")[0]
    return copy_with(case, correction(source_of(case), best, file.name), folder)


def _symptom(result: SubjectResult) -> str:
    if result.edits:
        best = result.edits[0]
        also = f" and {len(best.also)} more" if best.also else ""
        before, after = (" ".join(text.split()) for text in (best.before, best.after))
        return (
            f"{result.sentence} Line {best.line}, {before}, should be {after}: with it{also}, all gradients are right."
        )
    if result.causes:
        return f"{result.sentence} {result.causes[0].sentence}"
    lines = ", ".join(dict.fromkeys(str(place.line) for place in result.places[:3]))
    return f"{result.sentence} Look at line {lines}." if lines else result.sentence


def _place(result: SubjectResult) -> dict[str, Any]:
    known = [(edit.file, edit.line) for edit in result.edits] + [(place.file, place.line) for place in result.places]
    known += [(cause.source.file, cause.source.line) for cause in result.causes if cause.source is not None]
    return {"file": Path(known[0][0]).name, "line": known[0][1]} if known else {}


def _error(array: Any) -> float:
    error = float(array.relative_error)
    return error if error < float("inf") else 1e300
