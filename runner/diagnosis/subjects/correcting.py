"""Where a recorded step goes wrong and how its file could be corrected, as what the check reports."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.subjects.finding import EditFound, Suspected
from runner.diagnosis.subjects.listing import place_of
from runner.diagnosis.subjects.optimizers.repairing import repaired_formula
from runner.recording.edits.edit import Edit
from runner.recording.edits.statement import Source as Bytes
from runner.recording.loading.program import Program
from runner.recording.locating.locating import Location, located
from runner.recording.repairing.patch import patched
from runner.recording.repairing.repair import Correction, Limits, repair
from runner.recording.scenario import Point, Recorded, Scenario

# Whole runs of the step where the mistake is known to be in the forward pass, of which a gradient check seldom tells
# what was meant.
_RUNS_FORWARD = 60


@dataclass(frozen=True)
class Corrected:
    """Places that may be wrong, the likeliest first; corrections, the best first; what is said of single gradients."""

    places: tuple[Suspected, ...] = ()
    edits: tuple[EditFound, ...] = ()
    notes: tuple[str, ...] = ()
    patch: str = ""


def corrected(
    scenario: Scenario,
    point: Point,
    recorded: Recorded,
    program: Program,
    doing: Callable[[str], None],
    *,
    forward: bool,
) -> Corrected:
    """What there is to say of a step recorded at a point at which some gradient is wrong.

    With `forward` the forward pass is known to be wrong: corrections that don't change the loss are fitted to that.
    """
    try:
        found = located(recorded, scenario.names, files=scenario.files)
    except Exception as error:  # a mistake of ours: what is known of the gradients holds
        return Corrected(notes=(_failed("the place of the mistake", error),))
    notes, correction = found.notes, None
    limits = Limits(trying=lambda: doing("looking for a correction"))
    try:
        correction = repair(scenario, found, point, replace(limits, runs=_RUNS_FORWARD) if forward else limits)
    except Exception as error:
        notes = (*notes, _failed("a correction", error))
    if forward and (correction is None or not correction.changes_loss):
        return Corrected(notes=notes)
    first = () if correction is None else correction.locations
    ordered = [*first, *(place for place in found.places if place.place not in {one.place for one in first})]
    edits = () if correction is None else (_edit(scenario.files, correction, program),)
    patch = "" if correction is None else unified(scenario.files, correction.edits)
    return Corrected(tuple(_suspected(place, program) for place in ordered), edits, notes, patch)


def corrected_formula(scenario: Scenario, cause: GradientMistake, program: Program) -> Corrected:
    """A correction of a mistake in the formula by which a step is made of right gradients."""
    try:
        found = repaired_formula(scenario, cause)
    except Exception as error:
        return Corrected(notes=(_failed("a correction", error),))
    if found is None:
        return Corrected()
    edit, how = found
    correction = Correction((edit,), (cause.name,), (), how, False)
    return Corrected(edits=(_edit(scenario.files, correction, program),), patch=unified(scenario.files, (edit,)))


def _failed(what: str, error: Exception) -> str:
    return f"The search for {what} failed ({type(error).__name__}: {error}); please report it."


def _suspected(location: Location, program: Program) -> Suspected:
    place = location.place
    shown = place_of(program, place.file, place.line)
    return Suspected(str(place.file), place.line, shown, place.text, location.sentence)


def _edit(files: Mapping[Path, str], correction: Correction, program: Program) -> EditFound:
    parts = [
        _part(files, edit, name, correction, program)
        for edit, name in zip(correction.edits, correction.names, strict=True)
    ]
    first, *others = parts
    return EditFound(**{**first.__dict__, "also": tuple(others)})


def _part(
    files: Mapping[Path, str], edit: Edit, name: str | None, correction: Correction, program: Program
) -> EditFound:
    file = Path(edit.file)
    before, after = edit.shown(files[file])
    first = Bytes(files[file]).line_of(edit.start)
    lines = before.split("\n")
    return EditFound(
        file=edit.file,
        line=first,
        span=(first, 0, first + len(lines) - 1, len(lines[-1])),
        before=before,
        after=after,
        name=name,
        changes_loss=correction.changes_loss,
        checked=correction.checked,
        place=place_of(program, file, first),
    )


def unified(files: Mapping[Path, str], edits: tuple[Edit, ...]) -> str:
    """The edits as a unified diff."""
    found: list[str] = []
    for path, text in patched(files, edits).items():
        before, after = files[path].splitlines(keepends=True), text.splitlines(keepends=True)
        found += difflib.unified_diff(before, after, f"a/{path.name}", f"b/{path.name}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in found)
