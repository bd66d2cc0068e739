"""Where no line of the backward pass can be corrected: a line of the forward pass after which the gradients are right.

Which of the two passes is wrong can't be known then. What is found here changes the loss and is shown apart, as the
other side of a disagreement.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.edits.edit import Candidate, Edit
from runner.recording.edits.grammar import candidates
from runner.recording.edits.guards import Guards
from runner.recording.edits.statement import Source
from runner.recording.locating.agreement import agreement
from runner.recording.locating.colours import TRUE, Colour
from runner.recording.locating.locating import Located, Location, statement_at, true_gradients
from runner.recording.locating.suspects import Suspect
from runner.recording.repairing.kinds import Kinds
from runner.recording.repairing.patch import patched
from runner.recording.repairing.proof import Checked, Proof, agreements, attempted, kept_from_none, same_loss, truth
from runner.recording.repairing.running import quiet
from runner.recording.repairing.scoping import scope
from runner.recording.repairing.workbench import Work, snapshots
from runner.recording.scenario import Point, Scenario
from runner.recording.taping.node import Node

_RULES = ("variable", "drop", "axis", "reduction", "sign", "transpose", "called", "literal", "added")
_STATEMENTS = 12
_LARGEST = 2.0  # of an edit
_RUNS = 120
_COST = 1  # runs that a try takes, most often
_USUAL = (0.5, 1.0, 2.0)  # what another number in a formula may be of the one that stands there


@dataclass(frozen=True)
class OtherSide:
    """An edit of the forward pass after which the gradients are those of the loss that it then has."""

    edit: Edit
    location: Location
    checked: Checked


def other_side(scenario: Scenario, found: Located, point: Point, proof: Proof, work: Work) -> OtherSide | None:
    """The smallest edit of the forward pass after which all gradients are right; None where there is none."""
    tried: list[tuple[float, Edit, Location]] = []
    with quiet():
        tried += sorted(_edits(scenario, found, point), key=lambda one: one[0])
    for _, edit, location in tried[:_RUNS]:
        if not work.may_run():
            return None
        work.spend(_COST * len(found.recorded.tape.nodes))
        checked = _checked(scenario, edit, proof)
        if checked is not None:
            return OtherSide(edit, location, checked)
    return None


def _edits(scenario: Scenario, found: Located, point: Point) -> Iterator[tuple[float, Edit, Location]]:
    """Small edits of the statements that the network's output is made by, with their sizes."""
    nodes = _made_by(found)
    taken = snapshots(scenario, point, [node.statement.place for node in nodes if node.statement is not None])
    kinds = Kinds(found.colours, found.uses, found.parameters)
    for rank, node in enumerate(nodes):
        assert node.statement is not None
        place = node.statement.place
        if place.file not in scenario.files or not taken.get(place):
            continue
        written = statement_at(Source(scenario.files[place.file], str(place.file)), place)
        if written is None:
            continue
        known = scope(written, taken[place][0], kinds)
        guards = Guards(written, known)
        suspect = Suspect(node.statement, node, "forward")
        location = Location(place, 0.0, "forward", "The forward pass may be what is wrong.", suspect)
        for candidate in candidates(written, known, _RULES):
            if candidate.size <= _LARGEST and _is_usual(candidate) and guards.allow(candidate) and candidate.edit:
                yield candidate.size + 0.02 * rank, candidate.edit, location


def _is_usual(candidate: Candidate) -> bool:
    """Whether an edit makes what is usual in a forward pass: no constant, no power of 1, and no half of a formula."""
    with candidate.statement() as changed:
        if changed is None or not any(
            isinstance(node, ast.Name) for node in ast.walk(getattr(changed, "value", changed))
        ):
            return False
        powers = [
            node.right for node in ast.walk(changed) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        ]
    if any(isinstance(power, ast.Constant) and power.value == 1 for power in powers):
        return False
    if candidate.rule == "literal":
        before, after = (float(number) for number in candidate.detail[1:3])
        return before == 0 or abs(after / before) in _USUAL
    return candidate.rule != "drop" or candidate.detail[0] in ("drop divisor", "drop factor", "drop term")


def _made_by(found: Located) -> list[Node]:
    """One operation of each statement that makes arrays of the forward pass, the last statements first."""
    nodes = found.colours.tape.nodes
    # A line that both passes run is none of the forward pass alone; one that makes the same values again is.
    others = (n for n in nodes if n.statement is not None and n.operands and not found.true.forward(n))
    back = {n.statement.place for n in others if n.statement and found.colours.of(n).colour in TRUE | {Colour.NONE}}
    by_place = {
        node.statement.place: node
        for node in nodes
        if found.true.forward(node) and node.statement is not None and node.kind == "call" and np.size(node.value) > 1
    }
    return [node for place, node in by_place.items() if place not in back][::-1][:_STATEMENTS]


def _checked(scenario: Scenario, edit: Edit, proof: Proof) -> Checked | None:
    """How the gradients agree with the loss of the edited program, at every point; None unless all do."""
    changed = attempted(lambda: scenario.patched(patched(scenario.files, (edit,))))
    if changed is None:
        return None
    if not _agrees_quickly(changed, proof):
        return None
    errors: list[float] = []
    points = sorted(scenario.points, key=lambda one: one != proof.quick)
    done: list[Point] = []
    for point in points:
        before = proof.truth(point)
        own = attempted(lambda at=point: truth(changed, at))  # type: ignore[misc]
        outcome = attempted(lambda at=point: changed.run(at))  # type: ignore[misc]
        if before is None or own is None or outcome is None:
            return None
        found = agreements(outcome, own, proof.tolerance)
        if same_loss(before.loss, own.loss) or not all(each.right for each in found):
            return None
        if not all(gradient.any() for gradient in own.gradients):
            return None
        errors += [each.error for each in found]
        done.append(point)
    if not done or not kept_from_none(changed, done[0]):
        return None
    sizes = {point.sizes for point in done}
    return Checked(len(done), len({point.samples for point in done}), len(sizes), max(errors, default=0.0))


def _agrees_quickly(changed: Scenario, proof: Proof) -> bool:
    """Whether the gradients of a changed program are those of its loss at one point, by what is recorded there."""
    recorded = attempted(lambda: changed.record(proof.quick))
    if recorded is None:
        return False
    exact = attempted(lambda: true_gradients(recorded, adjoints(recorded.tape, recorded.loss)))
    pairs = zip(recorded.supplied, exact, strict=True) if exact is not None else ()
    return exact is not None and all(agreement(one.array, true, proof.tolerance).right for one, true in pairs)
