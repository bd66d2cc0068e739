"""The check of a step from beginning to end, in the process in which their code runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from runner.diagnosis.gradients.gradient_check import worst_of
from runner.diagnosis.gradients.mistake import GradientMistake, SourceLine
from runner.diagnosis.gradients.under_test import look
from runner.diagnosis.subjects.advice import advice
from runner.diagnosis.subjects.calling import CalledNetwork
from runner.diagnosis.subjects.correcting import Corrected, corrected, corrected_formula
from runner.diagnosis.subjects.epsilons import without_epsilons
from runner.diagnosis.subjects.finding import StepFinding, Suspected, WrongGradient
from runner.diagnosis.subjects.leaks import leaks_of
from runner.diagnosis.subjects.listing import place_of
from runner.diagnosis.subjects.naming.factors import common_factor, is_averaged, samples_at
from runner.diagnosis.subjects.naming.names import of_edits, of_patterns, parameters_returned, weight_decay
from runner.diagnosis.subjects.naming.reproducing import reproduced
from runner.diagnosis.subjects.optimizers.formulas import wrong_formulas
from runner.diagnosis.subjects.rules import NoDescent, require_descent, with_own_losses, with_target_held
from runner.diagnosis.subjects.verdict import NotFollowed, Seen, all_seen
from runner.network.faults.catalogue import FAULTS
from runner.recording.loading.program import Program
from runner.recording.scenario import Recorded
from runner.recording.scenarios.calls import Calls
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.following import passed
from runner.recording.taping.node import Node
from runner.subjects.complaint import Complaint
from runner.subjects.layers import arrays_of

# With these a correction of the backward pass would be fitted to what is wrong elsewhere.
_NOT_BACKWARD = ("not_repeatable", "loss_changes_parameters", "output_ignores_input")


def analyse(found: Discovered, doing: Callable[[str], None]) -> StepFinding:
    """Judge every gradient, find the places that make some of them wrong, and name the mistakes.

    `doing` is called before what takes time. Raises `verdict.NotFollowed` where there is no basis for a verdict.
    """
    try:
        return _by_recording(found, doing)
    except NoDescent:
        raise
    except NotFollowed as reason:
        return _by_calls(found, reason)


def _by_recording(found: Discovered, doing: Callable[[str], None]) -> StepFinding:
    scenario = found.scenario
    doing(scenario.text)
    seen, left_out = all_seen(scenario, found.outline)
    notes = (*found.notes, *dict.fromkeys(left_out.values()))
    if any(one.wrong for one in seen) and (without := without_epsilons(scenario, seen)) is not None:
        seen, note = without
        notes = (*notes, note)
    if any(one.wrong for one in seen) and (held := with_target_held(scenario, seen)) is not None:
        scenario, seen, note = held
        notes = (*notes, note)
    if any(one.wrong for one in seen) and (apart := with_own_losses(scenario, seen)) is not None:
        seen, note = apart
        notes = (*notes, note)
    if wrong_at := next((one for one in seen if one.wrong), None):
        require_descent(scenario, wrong_at)
    arrays = worst_of([one.checks for one in seen])
    first = next((one for one in seen if one.wrong), seen[0])
    wrong = tuple(
        _wrong(scenario.names[place], first, place, found.program) for place, one in enumerate(arrays) if not one.passed
    )
    odd = advice(first.recorded, found.program)
    causes = [] if found.recipe is None else leaks_of(found.recipe)
    fixes = Corrected()
    if wrong and not any(cause.name == "not_repeatable" for cause in causes):
        causes = _of_all(found, seen) or _reproduced(found, first) or causes or [mistake for _, mistake in odd]
    if not wrong and not causes:
        causes = wrong_formulas(scenario)
        fixes = corrected_formula(scenario, causes[0], found.program) if causes else fixes
    sites = {site for cause in causes for site in _forward_site(cause)}
    if wrong and "loss" not in sites:
        fixes = corrected(scenario, first.point, first.recorded, found.program, doing, forward=bool(sites))
        causes = _with_place(causes, fixes) or of_edits(fixes.edits, arrays) or of_patterns(arrays)
        fixes = _renamed(fixes, causes)
        fixes = replace(fixes, places=(*_odd_places(odd, found.program, causes), *fixes.places))
    return StepFinding(
        arrays=arrays,
        wrong=wrong,
        places=fixes.places,
        edits=fixes.edits,
        causes=tuple(causes),
        notes=(*notes, *fixes.notes, *(f"{where}: {one.sentence}" for where, one in odd), *_integers(found)),
        patch=fixes.patch,
        assumed=first.recorded.assumed,
        points=tuple(one.point.name for one in seen),
        left_out=tuple(left_out),
        described=found.described,
    )


def _by_calls(found: Discovered, reason: NotFollowed) -> StepFinding:
    """The check by calls alone; raises the `reason` for it where that gives no verdict either."""
    recipe = found.recipe
    if recipe is None:
        raise reason
    built = recipe.bench.at(recipe.data.X, recipe.data.Y)
    pairs = zip(built.parameters, built.initial, strict=True)
    if strange := [one.name for one, array in pairs if not np.isfinite(array).all()]:
        raise NotFollowed(f"{', '.join(strange)}: not finite at the start")
    network = CalledNetwork(recipe)
    causes = network.causes()
    try:
        looked = look(network, network.points)
    except Complaint:
        raise reason from None
    if not looked.checks:
        raise reason
    arrays = looked.arrays
    return StepFinding(
        arrays=arrays,
        wrong=tuple(WrongGradient(f"the gradient of {one.name}", "") for one in arrays if not one.passed),
        causes=tuple(causes or of_patterns(arrays)),
        notes=(f"it was checked by calls alone: {reason}",),
        points=looked.points,
        left_out=looked.left_out,
        described=found.described,
    )


def _reproduced(found: Discovered, seen: Seen) -> list[GradientMistake]:
    """The mistakes that our own network with the same layers reproduces."""
    if found.recipe is None:
        return []
    data, scenario = found.recipe.data, found.scenario
    X, Y = scenario.samples_at(seen.point) if isinstance(scenario, Calls) else (data.X, data.Y)
    parts = arrays_of(scenario.names, [array.shape for array in seen.recorded.initial], X.shape[1], Y.shape[1])
    return reproduced(found.recipe, seen.recorded, parts, X, Y)


def _odd_places(
    odd: Sequence[tuple[str, GradientMistake]], program: Program, causes: Sequence[GradientMistake]
) -> list[Suspected]:
    """The lines of the forward pass that are the cause."""
    found = []
    for where, mistake in odd:
        files = [file for file in program.sources if mistake.source is not None and file.name == mistake.source.file]
        if mistake.source is not None and files and mistake.name in {cause.name for cause in causes}:
            found.append(Suspected(str(files[0]), mistake.source.line, where, mistake.written[0], mistake.sentence))
    return found


def _with_place(causes: Sequence[GradientMistake], fixes: Corrected) -> list[GradientMistake]:
    """The mistakes with the line that is corrected, or the likeliest, where they have none."""
    lines = [(one.file, one.line) for one in fixes.edits] + [(one.file, one.line) for one in fixes.places]
    source = SourceLine(Path(lines[0][0]).name, lines[0][1]) if lines else None
    return [replace(cause, source=cause.source or source) for cause in causes]


def _renamed(fixes: Corrected, causes: Sequence[GradientMistake]) -> Corrected:
    """A single correction with the name of the mistake, unless its own is as good a name for the same numbers."""
    if len(causes) != 1 or len(fixes.edits) != 1 or fixes.edits[0].also:
        return fixes
    (edit,), (cause,) = fixes.edits, causes
    if edit.name is not None and any(tie.partition("@")[0] == edit.name for tie in cause.tied_with):
        return fixes
    return replace(fixes, edits=(replace(edit, name=cause.name),))


def _forward_site(cause: GradientMistake) -> Iterator[str]:
    """Where in the forward pass a mistake is, where it is there."""
    site = "loss" if cause.name in _NOT_BACKWARD else FAULTS[cause.name].site if cause.name in FAULTS else ""
    backward = cause.fault.endswith("=gradient") or cause.name.startswith("weight_decay")
    if site in ("preactivation", "activation", "loss") and not backward:
        yield site


def _of_all(found: Discovered, seen: Sequence[Seen]) -> list[GradientMistake]:
    """The mistake that all wrong gradients have in common, where their numbers show it."""
    checks = [one.checks for one in seen]
    samples = [samples_at(found, one) for one in seen]
    averaged = is_averaged(found, seen[0].recorded)
    factor = common_factor(checks, samples, found.outline[1], averaged=averaged)
    common = parameters_returned(checks) or factor or weight_decay(next(one for one in seen if one.wrong))
    return [] if common is None else [common]


def _integers(found: Discovered) -> Iterator[str]:
    """Parameters that are kept as integers, as a note."""
    if found.recipe is None:
        return
    built = found.recipe.bench.at(found.recipe.data.X, found.recipe.data.Y)
    if whole := [one.name for one in built.parameters if "int" in one.kept_as]:
        yield f"{', '.join(whole)} hold integers: an update in place would be cut off; they were taken as floats"


def _wrong(name: str, seen: Seen, place: int, program: Program) -> WrongGradient:
    node = _made(seen.recorded.supplied[place].node)
    own, where = gradient_name(name, seen.recorded, place), ""
    if node is not None and node.statement is not None:
        at = node.statement.place
        where = place_of(program, at.file, at.line)
    return WrongGradient(own, where)


def gradient_name(name: str, recorded: Recorded, place: int) -> str:
    """What their code calls the gradient of a parameter, else "the gradient of W1"."""
    node = _made(recorded.supplied[place].node)
    assigned = None if node is None else _assigned(node)
    return assigned or f"the gradient of {name}"


def _made(node: Node | None) -> Node | None:
    """The node that made a gradient, where others only pass it on."""
    return None if node is None else passed(node)


def _assigned(node: Node) -> str | None:
    """The variable that the whole right side of a statement is assigned to, where that is this node."""
    statement = node.statement
    if statement is None or statement.kind != "Assign":
        return None
    try:
        (tree,) = ast.parse(statement.place.text.strip()).body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(tree, ast.Assign) or len(tree.targets) != 1:
        return None
    target = tree.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(tree.value, ast.Tuple) and node.place is not None:
        for one, value in zip(target.elts, tree.value.elts, strict=False):
            if ast.unparse(value) == _normal(node.place.text):
                return ast.unparse(one)
        return None
    return None if isinstance(target, ast.Tuple) else ast.unparse(target).removeprefix("self.")


def _normal(text: str) -> str:
    try:
        return ast.unparse(ast.parse(f"({text})", mode="eval"))
    except SyntaxError:
        return text
