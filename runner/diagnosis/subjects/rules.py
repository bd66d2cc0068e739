"""Steps whose gradients are not those of their loss, and are not meant to be.

In Q-learning the target is held constant; contrastive divergence, sampling and networks that are trained against each
other are no descent of one loss.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runner.diagnosis.subjects.verdict import NotFollowed, Seen, judged_by, seen_at
from runner.recording.scenario import Recorded, Scenario, StepFailed
from runner.recording.scenarios.following import SUMS, depending_on, passed, uses
from runner.recording.scenarios.held import drawn_at_random, target_to_hold
from runner.recording.scenarios.losses.written import names_it
from runner.recording.scenarios.turn import Turn
from runner.recording.taping.node import Node


class NoDescent(NotFollowed):
    """The step is not the descent of one loss, so that nothing is said of its gradients."""


def with_target_held(scenario: Scenario, seen: Sequence[Seen]) -> tuple[Turn, list[Seen], str] | None:
    """The step with the target of its loss held constant, where more gradients are right then; None elsewhere."""
    if not isinstance(scenario, Turn) or (held := target_to_hold(seen[0].recorded)) is None:
        return None
    changed = scenario.holding(held)
    try:
        again = [seen_at(changed, one.point) for one in seen]
    except (StepFailed, NotFollowed):
        return None
    if sum(len(one.wrong) for one in again) > sum(len(one.wrong) for one in seen):
        return None
    note = f"{held.text} (line {held.place.line}) depends on the parameters: taken as a constant, as in Q-learning"
    return changed, again, note


def with_own_losses(scenario: Scenario, seen: Sequence[Seen]) -> tuple[list[Seen], str] | None:
    """The step judged by two losses where some parameters descend one that is computed with the others' new values.

    None where there is no such loss; `NoDescent` where the gradients that are not those of the first are not its, too.
    """
    found: list[Seen] = []
    said = ""
    for one in seen:
        new = _new_values(one)
        later = _later_loss(one, new) if one.wrong else None
        if later is None or later is one.recorded.loss or later.place is None or one.recorded.loss.place is None:
            return None
        again = judged_by(one, one.wrong, later, new)
        names = ", ".join(scenario.names[place] for place in one.wrong)
        lines = one.recorded.loss.place.line, later.place.line
        if again.wrong:
            raise NoDescent(
                f"{scenario.text} trains networks one after the other, each with a loss of its own (lines {lines[0]} "
                f"and {lines[1]}), and the gradients of {names} are those of neither. To have them checked, put the "
                "step of one network into a loop of its own"
            )
        said = f"trained by a loss of its own, that of line {lines[1]}: {names}"
        found.append(again)
    return found, said


def _new_values(seen: Seen) -> list[Node]:
    """What the parameters become."""
    used = uses(seen.recorded.tape)
    leaves = [leaf for leaf in seen.recorded.parameters if leaf is not None]
    found = (next((one for one in _read_by(used, leaf) if _is_step_of(one, leaf)), None) for leaf in leaves)
    return [one for one in found if one is not None]


def _later_loss(seen: Seen, made: Sequence[Node]) -> Node | None:
    """What is named a loss and made of new values of some parameters, and of the wrong ones as they still are."""
    tape, leaves, new = seen.recorded.tape, seen.recorded.parameters, {node.index for node in made}
    own = {leaf.index for place in seen.wrong if (leaf := leaves[place]) is not None}
    of_new, of_own = depending_on(tape, new), set(own)
    for node in tape.nodes:
        if node.index not in new and any(operand.index in of_own for operand in node.operands):
            of_own.add(node.index)
    later = [node for node in tape.nodes if node.index in of_new and node.index in of_own and names_it(node)]
    return next((node for node in later if np.size(node.value) == 1 and node.kind == "call"), None)


def require_descent(scenario: Scenario, seen: Seen) -> None:
    """`NoDescent` where what looks like a wrong gradient is a rule of another kind."""
    drawn = drawn_at_random(seen.recorded)
    if drawn is not None:
        raise NoDescent(
            f"line {drawn.line}, {drawn.text}, draws at random with probabilities that the parameters give: the loss "
            "has no derivative there. Contrastive divergence and other sampling do not descend it, and have no "
            "gradient to compare"
        )
    for name, leaf in zip(scenario.names, seen.recorded.parameters, strict=True):
        steps = [] if leaf is None else changed_at(seen.recorded, leaf)
        lines = [step.place.line for step in steps if step.place is not None]
        if len(lines) > 1 and not _is_one_twice(steps):
            own = list(dict.fromkeys(lines))
            where = f"line {own[0]} {len(lines)} times" if len(own) == 1 else f"lines {' and '.join(map(str, own))}"
            raise NoDescent(
                f"{scenario.text} changes {name} in {where}, and goes on with the new value in between: these "
                "are several steps, each of which may have a loss of its own. To have one checked, put it into a "
                "function or a loop of its own"
            )


def _is_one_twice(steps: Sequence[Node]) -> bool:
    """Whether a parameter is changed by the same numbers again: an update made early by mistake, and no other step."""
    added = [np.asarray(step.operands[-1].value) for step in steps]
    return all(one.shape == added[0].shape and np.array_equal(one, added[0]) for one in added)


def changed_at(recorded: Recorded, leaf: Node) -> list[Node]:
    """Where a parameter is changed by a step, each time but the last read before it is changed again."""
    used = uses(recorded.tape)
    steps: list[Node] = []
    now: Node | None = leaf
    while now is not None:
        after = next((one for one in _read_by(used, now) if _is_step_of(one, now)), None)
        if after is None or after.place is None:
            break
        later = any(one.kind == "call" and not _is_step_of(one, after) for one in _read_by(used, after))
        steps.append(after)
        if not later:
            break
        now = after
    return steps


def _read_by(used: dict[int, list[Node]], node: Node) -> list[Node]:
    """What reads a value, under this name or another."""
    found: list[Node] = []
    todo, seen = [node], {node.index}
    while todo:
        for one in used.get(todo.pop().index, ()):
            if one.index in seen:
                continue
            seen.add(one.index)
            if one.op in SUMS or one.kind == "call":
                found.append(one)
            else:
                todo.append(one)
    return sorted(found, key=lambda one: one.index)


def _is_step_of(node: Node, before: Node) -> bool:
    """Whether a sum becomes the new value of what it was added to: by `-=`, or assigned to the same name."""
    if node.op not in SUMS or not node.operands or node.shape != before.shape or node.statement is None:
        return False
    if passed(node.operands[0]).index != passed(before).index:
        return False
    text = node.statement.place.text
    if node.statement.kind == "AugAssign":
        return True
    target, sign, value = text.partition("=")
    return bool(sign) and value.strip().startswith(target.strip())
