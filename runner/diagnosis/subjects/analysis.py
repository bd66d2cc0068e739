"""The check of a step from beginning to end, in the process in which their code runs."""

from __future__ import annotations

import ast
from collections.abc import Callable

from runner.diagnosis.subjects.advice import advice
from runner.diagnosis.subjects.correcting import Corrected, corrected
from runner.diagnosis.subjects.epsilons import without_epsilons
from runner.diagnosis.subjects.finding import Finding, WrongGradient
from runner.diagnosis.subjects.listing import place_of
from runner.diagnosis.subjects.verdict import Seen, all_seen, worst
from runner.recording.loading.program import Program
from runner.recording.scenario import Recorded
from runner.recording.scenarios.discovery import Discovered
from runner.recording.scenarios.steps import passed
from runner.recording.taping.node import Node


def analyse(found: Discovered, doing: Callable[[str], None]) -> Finding:
    """Judge every gradient, and find the places that make some of them wrong.

    `doing` is called before what takes time. Raises `verdict.NotFollowed` where the recording is no basis for it.
    """
    scenario = found.scenario
    doing(scenario.text)
    seen, left_out = all_seen(scenario, found.outline)
    notes = tuple(dict.fromkeys(left_out.values()))
    if any(one.wrong for one in seen) and (without := without_epsilons(scenario, seen)) is not None:
        seen, note = without
        notes = (*notes, note)
    arrays = worst(seen)
    first = next((one for one in seen if one.wrong), seen[0])
    wrong = tuple(
        _wrong(scenario.names[place], first, place, found.program) for place, one in enumerate(arrays) if not one.passed
    )
    fixes = Corrected()
    if wrong:
        fixes = corrected(scenario, first.point, first.recorded, found.program, doing)
    return Finding(
        arrays=arrays,
        wrong=wrong,
        places=fixes.places,
        edits=fixes.edits,
        notes=(*notes, *fixes.notes, *advice(first.recorded, found.program)),
        patch=fixes.patch,
        assumed=first.recorded.assumed,
        points=tuple(one.point.name for one in seen),
        left_out=tuple(left_out),
        described=found.described,
    )


def _wrong(name: str, seen: Seen, place: int, program: Program) -> WrongGradient:
    node = _made(seen.recorded.supplied[place].node)
    own, where = gradient_name(name, seen.recorded, place), ""
    if node is not None and node.statement is not None:
        at = node.statement.place
        where = place_of(program, at.file, at.line)
    return WrongGradient(own, where, "")


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
