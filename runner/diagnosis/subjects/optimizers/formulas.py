"""The formula of an optimizer that keeps a state: what a step makes of the gradient, against the textbook's recurrence.

Only mistakes that explain the numbers exactly are named; a formula that is none of the usual ones is left alone.
Adam: Kingma and Ba, 2015, algorithm 1. RMSprop: Hinton, Neural networks for machine learning, lecture 6e.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from runner.diagnosis.gradients.mistake import GradientMistake, SourceLine
from runner.diagnosis.subjects.optimizers.aliases import aliases
from runner.diagnosis.subjects.optimizers.moments import Moment, kept_with, moments_of, quotient, rooted, update_of
from runner.recording.edits.statement import Source
from runner.recording.locating.suspects import last
from runner.recording.scenario import Array, Recorded, Scenario, StepFailed
from runner.recording.scenarios.following import ancestors
from runner.recording.scenarios.gradients import rate_in
from runner.recording.scenarios.naming import is_rate
from runner.recording.taping.node import Node

NAME = "optimizer_formula"
LATER = "at the next turn"  # only then a state is not zero
_SAME = 1e-5
LEAST = 4  # numbers that are fitted with two
TURNS = range(1, 6)  # the latest turn that is recorded
_SQUARE_LIKE = 1e3  # times epsilon, above which it is no part of a root


def wrong_formulas(scenario: Scenario) -> list[GradientMistake]:
    """What is wrong with the formula by which a state-keeping step changes the parameters; empty where nothing is."""
    point = next((one for one in scenario.points if one.name == LATER), scenario.points[0])
    try:
        recorded = scenario.record(point)
    except StepFailed:
        return []
    places = sorted(range(len(scenario.names)), key=lambda place: -recorded.initial[place].size)
    found = (_of_parameter(recorded, place, scenario.files) for place in places[:1])
    return [one for one in found if one is not None]


def _of_parameter(recorded: Recorded, place: int, files: Mapping[Path, str]) -> GradientMistake | None:
    parameter, supplied = recorded.parameters[place], recorded.supplied[place].node
    if parameter is None or supplied is None or np.size(supplied.value) < LEAST:
        return None
    end = update_of(recorded, parameter, supplied)
    if end is None:
        return None
    if (twice := rate_twice(end, supplied)) is not None:
        return twice
    moments = list(moments_of(end, parameter, supplied))
    step = np.asarray(parameter.value, dtype=np.float64) - np.asarray(end.value, dtype=np.float64)
    with np.errstate(all="ignore"):
        return (
            _turned(moments)
            or _unsquared(end, moments, files)
            or _unrooted(end, moments, supplied, step)
            or _uncorrected(end, moments, step)
        )


def rate_twice(end: Node, supplied: Node) -> GradientMistake | None:
    """A step that is multiplied by the rate although it is made of a gradient that has been."""
    rated: dict[int, list[tuple[float, Node]]] = {supplied.index: []}
    for node in sorted((n for n in ancestors(end) if n.index > supplied.index), key=lambda one: one.index):
        carried = [rated[operand.index] for operand in node.operands if operand.index in rated]
        if not carried:
            continue
        known = max(carried, key=len)
        numbers = list(_multiplied_by(node))
        for number, _ in numbers:
            first = next((one for rate, one in known if rate == number), None)
            if first is not None and number != 1.0 and _is_written(node, number):
                where = "" if first.place is None else f" in line {first.place.line}"
                return _mistake(node, f"what is multiplied by {number:g} here has been multiplied by the rate{where}")
        rated[node.index] = [*known, *((number, node) for number, named in numbers if named)]
    return None


def _is_written(node: Node, number: float) -> bool:
    """Whether a product has a rate by its name or the number itself: `1 - mu` is no rate, though it may be as large."""
    try:
        written = ast.parse("" if node.place is None else node.place.text.strip())
    except SyntaxError:
        return False
    product = next((one for one in ast.walk(written) if isinstance(one, ast.BinOp | ast.AugAssign)), None)
    sides = (
        [product.left, product.right] if isinstance(product, ast.BinOp) else [] if product is None else [product.value]
    )
    return any(one.value == number if isinstance(one, ast.Constant) else is_rate(ast.unparse(one)) for one in sides)


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


def _turned(moments: Sequence[Moment]) -> GradientMistake | None:
    """A state that changes its sign at each step."""
    for one in moments:
        if one.of == "g" and -1 <= one.keeps < 0:
            said = (
                f"the velocity keeps {one.keeps:.6g} of itself at each step; momentum keeps a share, not its opposite"
            )
            return _mistake(one.node, said)
    return None


def _unsquared(end: Node, moments: Sequence[Moment], files: Mapping[Path, str]) -> GradientMistake | None:
    """A root of what is made of the gradient itself."""
    for one in moments:
        if one.of != "g ** 2" and rooted(end, one):
            if (other := kept_with(end, one)) is not None:
                return _shared(one.node, other, files)
            said = f"a root is taken of a moving average of {one.of}; the textbook's is of g ** 2, the gradient squared"
            return _mistake(one.node, said)
    return None


def _shared(one: Node, other: Node, files: Mapping[Path, str]) -> GradientMistake:
    """The mistake of two states in one array: where they are made one or, if unseen, where the second goes on."""
    mistake = _mistake(other, "the moving averages of the gradient and of its square are kept in one array")
    if one.place is None or other.place is None or one.place.file != other.place.file or one.place.file not in files:
        return mistake
    source = Source(files[one.place.file], str(one.place.file))
    first, second = (source.statement_at(node.place.line) for node in (one, other) if node.place is not None)
    made = None if first is None or second is None else next(aliases(source, first, second), None)
    if made is None:
        return mistake
    return replace(mistake, written=[made.text], source=SourceLine(one.place.file.name, made.line))


def _unrooted(end: Node, moments: Sequence[Moment], supplied: Node, step: Array) -> GradientMistake | None:
    """Divided by a moving average of squares instead of its root."""
    squares = [one for one in moments if one.of == "g ** 2"]
    if len(squares) != 1 or rooted(end, squares[0]):
        return None
    over = [one.value for one in moments if one.of == "g"] or [np.asarray(supplied.value, dtype=np.float64).ravel()]
    ratio = step.ravel() * squares[0].value / over[0]
    clear = squares[0].value > _SQUARE_LIKE * 1e-8
    if np.count_nonzero(clear) < LEAST or np.ptp(ratio[clear]) > 1e-2 * np.abs(ratio[clear]).max():
        return None
    said = "the step is divided by the moving average of the squared gradient; the textbook's by its square root"
    return _mistake(quotient(end, squares[0], below=True) or end, said)


def _uncorrected(end: Node, moments: Sequence[Moment], step: Array) -> GradientMistake | None:
    """Adam's two moments divided by what is not 1 - beta ** t of their own beta."""
    rate = rate_in(end)
    firsts = [one for one in moments if one.of == "g" and abs(one.keeps + one.takes - 1) < _SAME]
    squares = [one for one in moments if one.of == "g ** 2" and abs(one.keeps + one.takes - 1) < _SAME]
    if rate is None or len(firsts) != 1 or len(squares) != 1 or not rooted(end, squares[0]):
        return None
    first, square = firsts[0], squares[0]
    clear = np.sqrt(square.value) > _SQUARE_LIKE * 1e-8
    if np.count_nonzero(clear) < LEAST:
        return None
    ratio = (step.ravel() * np.sqrt(square.value) / first.value)[clear] / rate
    factor = float(np.median(ratio))
    if np.abs(ratio - factor).max() > 1e-2 * abs(factor):
        return None

    def has(over: float, under: float) -> bool:
        return bool(abs(factor / (under**0.5 / over) - 1) <= 1e-4)

    for t in TURNS:
        one, two = 1 - first.keeps**t, 1 - square.keeps**t
        if has(one, two) or has(1.0, 1.0):
            return None
    for t, (over, under) in itertools.product(TURNS, itertools.product("12-", repeat=2)):
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
            return _mistake(quotient(end, wrong) or next(handed, node), said)
    return None


def _mistake(node: Node, said: str) -> GradientMistake:
    at = node.place
    source = None if at is None else SourceLine(at.file.name, at.line)
    written = [] if at is None else [at.text.strip()]
    return GradientMistake(NAME, None, NAME, 0.0, [], f"{said}.", written, None, source)
