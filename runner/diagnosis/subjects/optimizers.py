"""The formula of an optimizer that keeps a state: what a step makes of the gradient, against the textbook's recurrence.

Only mistakes that explain the numbers exactly are named; a formula that is none of the usual ones is left alone.
Adam: Kingma and Ba, 2015, algorithm 1. RMSprop: Hinton, Neural networks for machine learning, lecture 6e.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from runner.diagnosis.gradients.mistake import GradientMistake, SourceLine
from runner.recording.locating.suspects import last
from runner.recording.locating.uses import base
from runner.recording.scenario import Array, Recorded, Scenario, StepFailed
from runner.recording.scenarios.following import ancestors
from runner.recording.scenarios.gradients import rate_in
from runner.recording.scenarios.naming import is_rate
from runner.recording.taping.node import Node

NAME = "optimizer_formula"
_SAME = 1e-5
_LEAST = 4  # numbers that are fitted with two
_TURNS = range(1, 6)  # the latest turn that is recorded
_SQUARE_LIKE = 1e3  # times epsilon, above which it is no part of a root


@dataclass(frozen=True)
class _Moment:
    """A state of a parameter: `keeps` times what it was plus `takes` times `of`: "g", "g ** 2" or "|g|"."""

    value: Array
    node: Node
    keeps: float
    takes: float
    of: str


def wrong_formulas(scenario: Scenario) -> list[GradientMistake]:
    """What is wrong with the formula by which a state-keeping step changes the parameters; empty where nothing is."""
    # Only a later step has a state that is not zero.
    point = next((one for one in scenario.points if one.name == "at the next turn"), scenario.points[0])
    try:
        recorded = scenario.record(point)
    except StepFailed:
        return []
    places = sorted(range(len(scenario.names)), key=lambda place: -recorded.initial[place].size)
    found = (_of_parameter(recorded, place) for place in places[:1])
    return [one for one in found if one is not None]


def _of_parameter(recorded: Recorded, place: int) -> GradientMistake | None:
    parameter, supplied = recorded.parameters[place], recorded.supplied[place].node
    if parameter is None or supplied is None or np.size(supplied.value) < _LEAST:
        return None
    end = _end(recorded, parameter, supplied)
    if end is None:
        return None
    if (twice := _rate_twice(end, supplied)) is not None:
        return twice
    moments = list(_moments(end, parameter, supplied))
    step = np.asarray(parameter.value, dtype=np.float64) - np.asarray(end.value, dtype=np.float64)
    with np.errstate(all="ignore"):
        return (
            _turned(moments)
            or _unsquared(end, moments)
            or _unrooted(end, moments, supplied, step)
            or _uncorrected(end, moments, step)
        )


def _end(recorded: Recorded, parameter: Node, supplied: Node) -> Node | None:
    """The operation that changes a parameter by something made of its gradient."""
    for node in recorded.tape.nodes[supplied.index :]:
        changes = any(word in last(node.op) for word in ("sub", "add")) and node.shape == parameter.shape
        if changes and any(base(operand).index == base(parameter).index for operand in node.operands):
            return node
    return None


def _rate_twice(end: Node, supplied: Node) -> GradientMistake | None:
    """A step that is multiplied by the rate although it is made of a gradient that has been."""
    rated: dict[int, list[tuple[float, Node]]] = {supplied.index: []}
    for node in sorted((n for n in ancestors(end) if n.index > supplied.index), key=lambda one: one.index):
        carried = [rated[operand.index] for operand in node.operands if operand.index in rated]
        if not carried:
            continue
        known = max(carried, key=len)
        numbers = list(_multiplied_by(node))
        for number, _ in numbers:
            if (first := next((one for rate, one in known if rate == number), None)) is not None:
                where = "" if first.place is None else f" in line {first.place.line}"
                return _mistake(node, f"what is multiplied by {number:g} here has been multiplied by the rate{where}")
        rated[node.index] = [*known, *((number, node) for number, named in numbers if named)]
    return None


def _multiplied_by(node: Node) -> Iterator[tuple[float, bool]]:
    """The single numbers that a value is multiplied by, and whether each is called a learning rate."""
    if last(node.op) not in ("mul", "imul", "multiply"):
        return
    for operand, part in zip(node.operands, node.parts, strict=False):
        if np.size(operand.value) == 1 and isinstance(operand.value, float | np.floating):
            yield float(operand.value), part is not None and is_rate(part.text)
    for given in node.arguments.positional if node.arguments is not None else ():
        if isinstance(given, float):
            yield given, False


def _moments(end: Node, parameter: Node, supplied: Node) -> Iterator[_Moment]:
    """The states that a step is made of, each with its recurrence; those that are none are left out."""
    made = {node.index: node for node in ancestors(end) if node.index > supplied.index}
    g = np.asarray(supplied.value, dtype=np.float64).ravel()
    held = {
        base(operand).index: base(operand)
        for node in made.values()
        for operand in node.operands
        if base(operand).kind in ("leaf", "source") and base(operand).shape == parameter.shape
    }
    for index, state in held.items():
        if index in (base(parameter).index, base(supplied).index):
            continue
        after = _next(made, state, supplied)
        if after is None:
            continue
        before, now = (np.asarray(one.value, dtype=np.float64).ravel() for one in (state, after))
        for of, power in (("g", g), ("g ** 2", g**2), ("|g|", np.abs(g))):
            keeps, takes = np.linalg.lstsq(np.stack([before, power], axis=1), now, rcond=None)[0]
            if np.abs(keeps * before + takes * power - now).max() <= _SAME * np.abs(now).max() and takes:
                known = float(keeps) if before.any() else float("nan")
                yield _Moment(now, after, known, float(takes), of)
                break


def _next(made: dict[int, Node], state: Node, supplied: Node) -> Node | None:
    """The first value that is made of a state and of the gradient."""
    of_state, of_gradient = {state.index}, {supplied.index}
    for index in sorted(made):
        node = made[index]
        own = {operand.index for operand in node.operands} | {base(operand).index for operand in node.operands}
        for group in (of_state, of_gradient):
            if own & group:
                group.add(index)
        if index in of_state and index in of_gradient and any(word in last(node.op) for word in ("sub", "add")):
            return node
    return None


def _rooted(end: Node, moment: _Moment) -> bool:
    """Whether a root of a state is taken on the way to the step."""
    roots = (n for n in ancestors(end) if "sqrt" in n.op or ("pow" in last(n.op) and np.all(_exponent(n) == 0.5)))
    return any(moment.node.index in {one.index for one in ancestors(root)} for root in roots)


def _kept_with(end: Node, moment: _Moment) -> Node | None:
    """The sum in which a second state goes on from this one: both are the same array."""
    behind = {moment.node.index}
    for node in sorted(ancestors(end), key=lambda one: one.index):
        if any(operand.index in behind or base(operand).index in behind for operand in node.operands):
            others = [one for one in node.operands if one.index not in behind and one.shape == node.shape]
            behind.add(node.index)
            if last(node.op) in ("add", "iadd") and others:
                return node
    return None


def _exponent(node: Node) -> Array:
    given = [one for one in node.arguments.positional if isinstance(one, int | float)] if node.arguments else []
    return np.array([*given, *(np.asarray(one.value) for one in node.operands[1:])], dtype=object)


def _turned(moments: Sequence[_Moment]) -> GradientMistake | None:
    """A state that changes its sign at each step."""
    for one in moments:
        if one.of == "g" and -1 <= one.keeps < 0:
            said = (
                f"the velocity keeps {one.keeps:.6g} of itself at each step; momentum keeps a share, not its opposite"
            )
            return _mistake(one.node, said)
    return None


def _unsquared(end: Node, moments: Sequence[_Moment]) -> GradientMistake | None:
    """A root of what is made of the gradient itself."""
    for one in moments:
        if one.of != "g ** 2" and _rooted(end, one):
            if (other := _kept_with(end, one)) is not None:
                return _mistake(other, "the moving averages of the gradient and of its square are kept in one array")
            said = f"a root is taken of a moving average of {one.of}; the textbook's is of g ** 2, the gradient squared"
            return _mistake(one.node, said)
    return None


def _unrooted(end: Node, moments: Sequence[_Moment], supplied: Node, step: Array) -> GradientMistake | None:
    """Divided by a moving average of squares instead of its root."""
    squares = [one for one in moments if one.of == "g ** 2"]
    if len(squares) != 1 or _rooted(end, squares[0]):
        return None
    over = [one.value for one in moments if one.of == "g"] or [np.asarray(supplied.value, dtype=np.float64).ravel()]
    ratio = step.ravel() * squares[0].value / over[0]
    clear = squares[0].value > _SQUARE_LIKE * 1e-8
    if np.count_nonzero(clear) < _LEAST or np.ptp(ratio[clear]) > 1e-2 * np.abs(ratio[clear]).max():
        return None
    said = "the step is divided by the moving average of the squared gradient; the textbook's by its square root"
    return _mistake(_quotient(end, squares[0], below=True) or end, said)


def _uncorrected(end: Node, moments: Sequence[_Moment], step: Array) -> GradientMistake | None:
    """Adam's two moments divided by what is not 1 - beta ** t of their own beta."""
    rate = rate_in(end)
    firsts = [one for one in moments if one.of == "g" and abs(one.keeps + one.takes - 1) < _SAME]
    squares = [one for one in moments if one.of == "g ** 2" and abs(one.keeps + one.takes - 1) < _SAME]
    if rate is None or len(firsts) != 1 or len(squares) != 1 or not _rooted(end, squares[0]):
        return None
    first, square = firsts[0], squares[0]
    clear = np.sqrt(square.value) > _SQUARE_LIKE * 1e-8
    if np.count_nonzero(clear) < _LEAST:
        return None
    ratio = (step.ravel() * np.sqrt(square.value) / first.value)[clear] / rate
    factor = float(np.median(ratio))
    if np.abs(ratio - factor).max() > 1e-2 * abs(factor):
        return None

    def has(over: float, under: float) -> bool:
        return bool(abs(factor / (under**0.5 / over) - 1) <= 1e-4)

    for t in _TURNS:
        one, two = 1 - first.keeps**t, 1 - square.keeps**t
        if has(one, two) or has(1.0, 1.0):
            return None
    for t, (over, under) in itertools.product(_TURNS, itertools.product("12-", repeat=2)):
        values = {"1": 1 - first.keeps**t, "2": 1 - square.keeps**t, "-": 1.0}
        if has(values[over], values[under]):
            wrong, node = (first, first.node) if over != "1" else (square, square.node)
            given = over if over != "1" else under
            beta = first.keeps if given == "1" else square.keeps
            how = "is not corrected" if given == "-" else f"is corrected by 1 - {beta:.6g} ** t"
            what = "gradient" if wrong is first else "squared gradient"
            said = (
                f"the moving average of the {what} {how}; it keeps {wrong.keeps:.6g} of itself at each step, so that "
                f"Adam divides it by 1 - {wrong.keeps:.6g} ** t"
            )
            handed = (one for one in ancestors(end) if one.kind == "same" and wrong.node in one.operands)
            return _mistake(_quotient(end, wrong) or next(handed, node), said)
    return None


def _quotient(end: Node, moment: _Moment, *, below: bool = False) -> Node | None:
    """Where a state is divided, or with `below` divided by; the first such place behind it."""
    behind = {moment.node.index}
    for node in sorted(ancestors(end), key=lambda one: one.index):
        if any(operand.index in behind or base(operand).index in behind for operand in node.operands):
            divided = node.operands[0]
            if "div" in last(node.op) and below != (divided.index in behind or base(divided).index in behind):
                return node
            behind.add(node.index)
    return None


def _mistake(node: Node, said: str) -> GradientMistake:
    at = node.place
    source = None if at is None else SourceLine(at.file.name, at.line)
    written = [] if at is None else [at.text.strip()]
    return GradientMistake(NAME, None, NAME, 0.0, [], f"{said}.", written, None, source)
