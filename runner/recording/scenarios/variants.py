"""The same step a turn later, on fewer samples or with other layer sizes, where a program lets itself be changed so.

Nothing is promised: where the program does not run with it, or other gradients are right with it, it is left out.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.scenario import Point, StepFailed
from runner.recording.scenarios.following import uses
from runner.recording.scenarios.losses.found import FoundLoss
from runner.recording.scenarios.points import numbers
from runner.recording.scenarios.step import Run, Step
from runner.recording.scenarios.turn import Turn
from runner.subjects.naming_habits import HIDDEN, plain

_SAME = 1e-6
_LATER = (1, 2, 3)  # turns later: of one sample, each may go another way


def add_variants(turn: Turn, step: Step, run: Run, loss: FoundLoss) -> None:
    """Give the turn of a script more points: a later turn, fewer samples, other layer sizes."""

    def on(other: Step) -> Turn:
        found = other.run()
        return Turn(other, turn.names, loss, [found.before[name][1] for name in turn.names], turn.sizes)

    add_later(turn, step, on)
    rows = _fewer_rows(run, turn.names)
    if rows:
        add_variant(turn, lambda: on(replace(step, rows=rows)), Point("on fewer samples", 3, rows[0][2]))
    constants = _other_widths(step)
    if constants:
        program = step.program.with_constants(constants)
        sizes = tuple(constants.values())
        add_variant(turn, lambda: on(replace(step, program=program)), Point("with other layer sizes", 4, None, sizes))


def add_later(turn: Turn, step: Step, on: Callable[[Step], Turn]) -> None:
    """Give the turn of a loop a point a few turns later, on other samples as a rule."""
    point = Point("at the next turn", 5)
    for turns in _LATER if step.key is not None else ():
        if add_variant(turn, lambda n=turns: on(replace(step, later=step.later + n)), point):  # type: ignore[misc]
            return


def add_variant(turn: Turn, made: Callable[[], Turn], point: Point) -> bool:
    """Give a turn a point at which another one stands for it, where the gradients that are right are so there, too.

    One that is right since it is zero, as its input is, may be wrong there. False where it does not get one.
    """
    try:
        variant = made()
        telling = [right and moves for right, moves in _right_and_moving(turn, turn.points[0])]
        pairs = zip(right_at(variant, replace(point, name="")), telling, strict=True)
        if (point.sizes or variant.same_shapes(turn)) and all(there or not here for there, here in pairs):
            turn.add(point, variant)
            return True
    except (StepFailed, KeyError):
        pass
    return False


def right_at(turn: Turn, point: Point) -> list[bool]:
    """Which gradients are right at a point."""
    return [right for right, _ in _right_and_moving(turn, point)]


def _right_and_moving(turn: Turn, point: Point) -> list[tuple[bool, bool]]:
    """Which gradients are right at a point, and which are not all zeros."""
    recorded = turn.record(point)
    try:
        exact = adjoints(recorded.tape, recorded.loss)
    except ValueError:
        raise StepFailed("the loss is no number") from None
    found: list[tuple[bool, bool]] = []
    for node, given in zip(recorded.parameters, recorded.supplied, strict=True):
        slope = None if node is None else exact.of(node)
        if slope is None or given.array is None:  # right where the other one is zero, too
            moves = any(one is not None and bool(np.any(one)) for one in (slope, given.array))
            found.append((not moves, moves))
            continue
        if np.size(slope) != np.size(given.array):
            found.append((False, True))
            continue
        a, n = np.ravel(given.array), np.ravel(slope)
        right = bool(np.linalg.norm(a - n) <= _SAME * max(np.linalg.norm(a), np.linalg.norm(n)))
        found.append((right, bool(np.any(a) or np.any(n))))
    return found


def _fewer_rows(run: Run, names: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    """The arrays of data that a step reads, the axis of their samples, and how many of these to leave.

    Samples are along the side that all arrays of data have; nothing where that isn't known.
    """
    assert run.tape is not None
    used = uses(run.tape)
    own = {id(run.before[name][0]) for name in names}
    data = {}
    for name, array in run.arrays.items():
        if id(array) in own or numbers(array) is None:
            continue
        leaf = run.tape.leaf_of(array)
        if leaf is not None and used.get(leaf.index):
            data[name] = array
    sides = Counter(side for array in data.values() for side in set(array.shape) if side > 2)
    if not sides or len(data) < 2:
        return ()
    n, times = sides.most_common(1)[0]
    if times < 2 or any(array.shape.count(n) > 1 for array in data.values()):
        return ()
    count = n // 2 + 1
    return tuple((name, array.shape.index(n), count) for name, array in data.items() if n in array.shape)


def _other_widths(step: Step) -> dict[str, int]:
    """Other numbers for the variables of the file that are named like the width of a hidden layer."""
    found: dict[str, int] = {}
    tree = step.program.trees.get(step.program.file, ast.Module([], []))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and len(node.targets) == 1:
            name, value = ast.unparse(node.targets[0]), node.value.value
            word = plain(name)
            is_width = word in HIDDEN or word.startswith("hidden") or word.rstrip("0123456789") in HIDDEN
            if type(value) is int and value > 1 and is_width:
                found[name] = value + 2 + len(found)
    return found
