"""What a step changes: the parameters, and the gradient and the rate with which each is changed.

A parameter is what the step reads, and leaves as it was plus or minus something, and what is read elsewhere, too. The
gradient is that something, without the rate; of an optimizer that keeps a state, what goes into the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.scenarios.following import SUMS, depending_on, keeps, passed, uses
from runner.recording.scenarios.gradients import rate_in, unscaled, without_state
from runner.recording.scenarios.increments import changed_in_parts, increments, is_part_of, last_step, subtracted
from runner.recording.scenarios.naming import last_word, names_parameters, stem
from runner.recording.scenarios.points import numbers
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

Array = NDArray[np.float64]
_SCALED = {"mul", "numpy.multiply", "truediv", "neg", "numpy.negative"}


@dataclass(frozen=True)
class Change:
    """A parameter and how the step changed it.

    `before` is its leaf; `gradient` the node of its gradient and `factor` what that is to be multiplied by, so that the
    parameter becomes `before - rate * factor * gradient`; `rate` is None where no rate is written. `gradient` is None
    where the step changed it in a way that is not followed. A `stateful` step carries a state along: its gradient is
    what goes into the state, and has the sign in which the parameter moves. `apart` is whether it is known what the
    rate is: in `w -= 0.02 * X.T @ e` a 2 of the derivative may be in the number. `assigned` is what takes the place of
    the parameter, whatever that was: `b = -rate * db`.
    """

    name: str
    before: Node
    gradient: Node | None
    factor: float
    rate: float | None
    stateful: bool
    apart: bool = True
    assigned: Node | None = None


def changes(
    tape: Tape, before: Mapping[str, tuple[Any, Array]], after: Mapping[str, Any], keep: Sequence[str] | None = None
) -> list[Change]:
    """The parameters of a recorded step.

    `before` holds by name each number or array as it was, and a copy; `after` what stands there after the step. With
    `keep` these names alone are looked at, and all of them are returned that were read.
    """
    ends: dict[int, Node] = {}
    found: list[tuple[Change, Node]] = []
    moved: dict[int, Node] = {}
    for name, (held, copy) in before.items():
        wanted = keep is not None and name in keep
        now = numbers(after.get(name))
        if now is None:
            continue
        if now.shape != copy.shape and not _spreads(copy.shape, now.shape):
            continue
        leaf = tape.leaf_of(held)
        end = tape.node_of(after[name])
        if leaf is None or end is None or leaf.index in moved:
            continue
        stays = np.array_equal(now, copy, equal_nan=True)  # and is a parameter where the gradient is zero just then
        if stays and not wanted and (end.index == leaf.index or last_step(end, leaf) is None):
            continue
        moved[leaf.index] = leaf
        ends[leaf.index] = end
        if (keep is None or wanted) and _is_assigned(name, end, leaf):
            found.append((Change(name, leaf, None, 1.0, rate_in(end), False, assigned=end), end))
            continue
        step = last_step(end, leaf) if keep is None or wanted else None
        if step is None and not wanted and not changed_in_parts(end, leaf):
            continue
        gradient, factor = step if step is not None else (None, 1.0)
        rate = rate_in(end) if step is None else None
        found.append((Change(name, leaf, gradient, factor, rate, False), end))
    used = uses(tape)
    found = [(change, end) for change, end in found if keep is not None or _read_elsewhere(used, change.before, end)]
    if keep is None and found:
        found += _never_changed(tape, before, after, [change.name for change, _ in found], moved, used)
    parameters = {change.before.index for change, _ in found}
    depending = depending_on(tape, parameters)
    found = [(change, end) for change, end in found if change.assigned is None or end.index in depending]
    if all(change.assigned is not None for change, _ in found):
        return []
    state = {
        index
        for index in moved
        if index not in parameters and ends[index].index in depending and keeps(ends[index], index, depending)
    }
    return _of_one_rate([_refined(change, end, state, depending) for change, end in found])


def _of_one_rate(found: list[Change]) -> list[Change]:
    """The changes with the rate that most of them have, where it was forgotten in others: then it is in the factor."""
    named = {change.rate for change in found if change.rate is not None and change.apart and not change.stateful}
    without = [change for change in found if change.rate is None and not change.stateful]
    if len(named) != 1 or 2 * len(without) > len(found):
        return found
    (rate,) = named
    return [
        replace(change, rate=rate, factor=change.factor / rate)
        if change.rate is None and not change.stateful
        else change
        for change in found
    ]


def _spreads(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether a parameter may have been spread to this shape by a gradient of a wrong one."""
    try:
        return np.broadcast_shapes(before, after) == after
    except ValueError:
        return False


def descends(moved: Array, gradient: Array) -> float:
    """1 where most numbers move against their gradient, as `moved` (before - after) says, -1 where they climb it.

    What an optimizer makes of a gradient may be no number; that says nothing of the gradient.
    """
    agreeing = np.sum(np.sign(np.nan_to_num(moved)) * np.sign(np.nan_to_num(gradient)))
    return 1.0 if agreeing >= 0 else -1.0


def _never_changed(
    tape: Tape,
    before: Mapping[str, tuple[Any, Array]],
    after: Mapping[str, Any],
    changed: Sequence[str],
    moved: Mapping[int, Node],
    used: Mapping[int, list[Node]],
) -> Iterator[tuple[Change, Node]]:
    """What the step reads and leaves as it is, though others of the same name and another number are changed."""
    stems = {stem(name) for name in changed}
    seen = set(moved)
    for name, (held, _) in before.items():
        if name in changed or name not in after or not (stem(name) in stems or names_parameters(last_word(name))):
            continue
        if stem(name) not in stems and not np.ndim(held) and held != 0.0:
            continue  # a number that was worked out from the data
        leaf = tape.leaf_of(held)
        if leaf is None or leaf.index in seen or not used.get(leaf.index):
            continue
        seen.add(leaf.index)
        yield Change(name, leaf, None, 1.0, None, False), leaf


def _is_assigned(name: str, end: Node, leaf: Node) -> bool:
    """Whether an array, or a parameter by its name, is given a rate times something in the place of what it was."""
    node = passed(end)
    while node.kind == "view" and node.operands and node.operands[-1].kind == "write":
        node = passed(node.operands[-1].operands[-1]) if node.operands[-1].operands else node.operands[-1]
    own = any(passed(operand).index == leaf.index for operand in node.operands)
    scaled = node.op in _SCALED and node.shape == leaf.shape
    may_be = bool(leaf.shape) or names_parameters(last_word(name))
    return scaled and not own and may_be and rate_in(node) is not None


def _read_elsewhere(used: Mapping[int, list[Node]], leaf: Node, end: Node) -> bool:
    """Whether something other than the update reads the leaf."""
    todo, seen, own = [leaf], {leaf.index}, {one.index for one in (*_chain(end), *_parts_changed(end, leaf))}
    while todo:
        for node in used.get(todo.pop().index, ()):
            if node.index in seen:
                continue
            seen.add(node.index)
            if node.kind in ("same", "view"):
                todo.append(node)  # the update's own names of it, too: `W1 = params["W1"]` is read by all
            elif node.kind != "write" and node.index not in own:
                return True
    return False


def _parts_changed(end: Node, leaf: Node) -> Iterator[Node]:
    """The nodes by which parts of an array are changed: a sum in the making is read by nothing else."""
    for write in end.operands if end.kind == "view" else ():
        if write.kind != "write" or not write.operands:
            continue
        node = write if write.op in SUMS else passed(write.operands[-1])
        yield from (write, node)
        for part in node.operands:
            while part.index != leaf.index and is_part_of(part, leaf):
                yield part
                part = part.operands[0]


def _chain(end: Node) -> Iterator[Node]:
    """The nodes through which a value became `end`, as far as it was passed on, and the sum that made it."""
    node = end
    yield node
    while node.kind in ("same", "view", "write") and node.operands:
        node = node.operands[-1] if node.kind == "write" and node.op not in SUMS else node.operands[0]
        yield node


def _refined(change: Change, end: Node, state: set[int], depending: set[int]) -> Change:
    """The change with its rate and the state taken out."""
    if change.gradient is None:
        written = None if change.rate is not None else _written_rate(increments(end, change.before), depending)
        return change if written is None else replace(change, rate=written, apart=False)
    node, factor = change.gradient, change.factor
    rate, terms = rate_in(node), subtracted(end, change.before)
    for one, _ in terms if state else ():
        if (pure := without_state(one, state)) is not None:
            return Change(change.name, change.before, pure, 1.0, rate_in(one), True)
    if len(terms) > 1:  # the gradient is all of them together, which no value need be
        return replace(change, gradient=None, factor=1.0, rate=rate_in(end), apart=rate_in(end) is not None)
    bare, scale, literal = unscaled(node, depending)
    apart = rate is not None or passed(bare).statement is not passed(node).statement
    rate = literal if rate is None else rate
    return Change(change.name, change.before, bare, factor * scale / (rate or 1.0), rate, False, apart)


def _written_rate(parts: Sequence[Node], depending: set[int]) -> float | None:
    """The number by which all that is added to the parts of an array is multiplied, where it is written out."""
    found = {unscaled(part, depending)[2] for part in parts}
    return found.pop() if len(found) == 1 else None
