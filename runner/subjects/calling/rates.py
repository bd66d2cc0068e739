"""The learning rate of a subject that only updates: its gradient is (before - after) / lr."""

from __future__ import annotations

from typing import Any

import numpy as np

from runner.subjects.calling.bench import Bench
from runner.subjects.calling.forms import Data
from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression, private, public_names
from runner.subjects.naming_habits import RATES, plain

# A rate that is seen in the loss is taken to be the decimal number that it is this near to.
_NEAR = 1e-6


def rate_of(
    bench: Bench, data: Data, loss: Expression | None, update: Expression, subject: Any, mapped: str | None
) -> tuple[str | None, float]:
    """The attribute that holds the learning rate of an update, None where none does, and the rate to use.

    Where nothing says it, it is seen in the loss; 1 where there is none.
    """
    if update.mentions("lr"):
        return None, _good_rate(bench, data, update, None)
    names = public_names(subject)
    found = mapped or next((name for name in names if plain(name) in RATES), None)
    if found is None:
        return None, 1.0 if loss is None else _seen_rate(bench, data, loss, update)
    try:
        return None, float(found)
    except ValueError:
        pass
    if not hasattr(subject, private(subject, found)):
        raise Complaint(f"there is no {found!r} in the subject", "subject.names.lr", names)
    return private(subject, found), _good_rate(bench, data, update, private(subject, found))


def _seen_rate(bench: Bench, data: Data, loss: Expression, update: Expression) -> float:
    """The rate with which an update would be a step down the loss, where the subject doesn't say it.

    With u = before - after = lr g, the loss has the slope |u|^2 / lr in the direction of u.
    """
    bench.fresh()
    start = [array.copy() for array in bench.at(data.X, data.Y).initial]
    steps = bench.updates(update, None, data.X, data.Y, 1.0, None)
    squares = sum(float(np.sum(np.square(step))) for step in steps)
    h = 1e-5 * max(1.0, *(float(np.abs(array).max(initial=0.0)) for array in start)) / (np.sqrt(squares) or 1.0)
    sides = []
    for sign in (1.0, -1.0):
        bench.fresh()
        moved = [array + sign * h * step for array, step in zip(start, steps, strict=True)]
        sides.append(bench.loss(loss, moved, data.X, data.Y))
    bench.fresh()
    slope = abs(sides[0] - sides[1]) / (2 * h)
    if not (0.0 < slope < np.inf and 0.0 < squares < np.inf):
        return 1.0
    seen = squares / slope
    decimal = float(f"{seen:.3g}")
    return decimal if abs(seen - decimal) <= _NEAR * seen else seen


def _good_rate(bench: Bench, data: Data, expression: Expression, rate: str | None) -> float:
    """A power of two with which an update is about as large as the parameters, so that little is lost to rounding."""
    bench.fresh()
    size = max(float(np.linalg.norm(array)) for array in bench.at(data.X, data.Y).initial) or 1.0
    steps = bench.updates(expression, None, data.X, data.Y, 1.0, rate)
    largest = max(float(np.linalg.norm(step)) for step in steps)
    bench.fresh()
    if not 0.0 < largest < np.inf:
        return 1.0
    return float(2.0 ** np.clip(np.round(np.log2(size / largest)), -60, 60))
