"""Whether a step is exactly one of the textbook's: momentum, Adagrad, RMSprop or Adam.

More is asked here than where a mistake is looked for: what is none of these formulas is not called wrong, and is not
called right either.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.subjects.optimizers.formulas import LEAST, TURNS, rate_twice
from runner.diagnosis.subjects.optimizers.moments import Moment, moments_of, rooted, update_of
from runner.recording.scenario import Array, Recorded
from runner.recording.scenarios.gradients import rate_in
from runner.recording.taping.node import Node

_SAME = 1e-5
_CLEAR = (1e-3, 5e-2)  # roots above which an epsilon of 1e-8 changes less than `_SAME`: added to them, or within


def is_usual(recorded: Recorded) -> bool:
    """Whether every parameter of a recorded step is changed by a usual formula, as far as its numbers can tell.

    Of parameters of very few numbers they can't; at least one must be large enough.
    """
    known = []
    for parameter, supplied in zip(recorded.parameters, recorded.supplied, strict=True):
        if parameter is None or supplied.node is None:
            return False
        if np.size(supplied.node.value) >= LEAST:
            known.append(_is_usual(recorded, parameter, supplied.node))
    return bool(known) and all(known)


def _is_usual(recorded: Recorded, parameter: Node, supplied: Node) -> bool:
    end = update_of(recorded, parameter, supplied)
    if end is None or rate_twice(end, supplied) is not None:
        return False
    rate, moments = rate_in(end), list(moments_of(end, parameter, supplied))
    step = (np.asarray(parameter.value, dtype=np.float64) - np.asarray(end.value, dtype=np.float64)).ravel()
    firsts = [one for one in moments if one.of == "g"]
    squares = [one for one in moments if one.of == "g ** 2"]
    if rate is None or len(firsts) > 1 or len(squares) > 1 or len(firsts) + len(squares) < len(moments):
        return False
    with np.errstate(all="ignore"):
        if not squares:
            return bool(firsts) and _is_momentum(firsts[0], step, rate)
        if not rooted(end, squares[0]):
            return False
        gradient = np.asarray(supplied.value, dtype=np.float64).ravel()
        return _is_rooted(firsts[0] if firsts else None, squares[0], gradient, step, rate)


def _is_momentum(first: Moment, step: Array, rate: float) -> bool:
    """`v = mu * v + g`, or with `(1 - mu) * g`; the step is the rate times v, wherever the rate stands."""
    if not 0 <= first.keeps < 1 or not first.value.any():
        return False
    factor = float(step @ first.value / (first.value @ first.value))
    taken = factor * first.takes / rate
    alike = np.abs(step - factor * first.value).max() <= _SAME * np.abs(step).max()
    return bool(alike) and (_is(taken, 1.0) or _is(taken, 1 - first.keeps))


def _is_rooted(first: Moment | None, square: Moment, gradient: Array, step: Array, rate: float) -> bool:
    """The gradient, or its average, over the root of the average (or sum) of squares, both corrected or neither."""
    adds_up = _is(square.keeps, 1.0) and _is(square.takes, 1.0) and first is None
    if not (adds_up or _is_average(square)) or not (first is None or _is_average(first)):
        return False
    root, over = np.sqrt(square.value), gradient if first is None else first.value
    factor = next((one for least in _CLEAR if (one := _ratio(step * root, over * rate, root > least))), None)
    if factor is None:
        return False
    if adds_up or _is(factor, 1.0):
        return _is(factor, 1.0)
    one = 0.0 if first is None else first.keeps
    return any(_is(factor, (1 - square.keeps**t) ** 0.5 / (1 - one**t)) for t in TURNS)


def _ratio(one: Array, other: Array, clear: NDArray[np.bool_]) -> float | None:
    """The factor between two arrays where they are clear; None where it is not one, or too few of them are."""
    if np.count_nonzero(clear) < LEAST or not other[clear].all():
        return None
    ratio = one[clear] / other[clear]
    factor = float(np.median(ratio))
    return factor if np.abs(ratio - factor).max() <= _SAME * abs(factor) else None


def _is_average(moment: Moment) -> bool:
    return 0 < moment.keeps < 1 and _is(moment.keeps + moment.takes, 1.0)


def _is(number: float, wanted: float) -> bool:
    return bool(abs(number - wanted) <= _SAME * abs(wanted))
